// `npm run bench -- limits`: what many objects and many watchers cost, how soon a server is ready, and how
// long a client waits beside another that floods.
import { memoryOf } from '../process-memory.mjs'
import { openStore } from '../targets.mjs'
import { measureCache } from './cache.mjs'
import { measureFairness } from './fairness.mjs'
import { measureLists } from './lists.mjs'
import { measureLoop } from './loop.mjs'
import { writeObjects } from './objects.mjs'
import { measureReady } from './ready.mjs'
import { measureWatchers } from './watchers.mjs'
import { measureWorkers } from './workers.mjs'

export { limitsText } from './row.mjs'

/**
 * @typedef {object} Setting
 * @property {string} store
 * @property {(name: string) => string[]} place where servers of this name keep their objects
 * @property {string[]} full the place that holds the objects
 * @property {number} objectBytes of all of them in a list
 * @property {object} flags
 * @property {(text: string) => void} progress
 */

/** In this order: the last ones write. */
const parts = {
  cache: { measure: measureCache, needsObjects: true },
  lists: { measure: measureLists, needsObjects: true, needsProc: true },
  ready: { measure: measureReady, needsObjects: true },
  loop: { measure: measureLoop, needsObjects: true },
  fairness: { measure: measureFairness, needsObjects: false },
  watchers: { measure: measureWatchers, needsObjects: false },
  workers: { measure: measureWorkers, needsObjects: false, needsProc: true },
}

/** @returns rows of figures, some with a limit */
export async function measureLimits(flags, progress) {
  const rows = []
  for (const store of flags.store) {
    const stops = []
    try {
      rows.push(...(await measureStore(store, flags, progress, stops)))
    } finally {
      for (const stop of stops.reverse()) await stop()
    }
  }
  return rows
}

async function measureStore(store, flags, progress, stops) {
  const place = await openStore(store, stops)
  const setting = { store, place, full: place('full'), objectBytes: 0, flags, progress }
  const wanted = Object.keys(parts).filter((part) => flags.only.includes(part) && canMeasure(part, progress))
  if (wanted.some((part) => parts[part].needsObjects)) {
    progress(`${store}: writing ${flags.objects} objects`)
    setting.objectBytes = await writeObjects(store, setting.full, flags.objects)
  }
  const rows = []
  for (const part of wanted) {
    progress(`${store}: ${part}`)
    const failed = (err) => [{ part, server: store, error: err.message, met: false }]
    rows.push(...(await parts[part].measure(setting).catch(failed)))
  }
  return rows
}

function canMeasure(part, progress) {
  if (!parts[part].needsProc || memoryOf('self', 'VmRSS') !== undefined) return true
  progress(`${part} is left out: it reads Linux' /proc`)
  return false
}
