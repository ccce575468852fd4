// Interleaved rounds over all cases and servers, and their medians.
import { caseOf } from './cases.mjs'
import { Child } from './child.mjs'

const MAX_WARM_UP_SECS = 0.5

/**
 * @param {import('./targets.mjs').Target[]} targets
 * @param {(text: string) => void} progress
 * @returns rows by case and server, rates as they are printed, ratios their quotients
 */
export async function measureAll(targets, flags, progress) {
  const load = new Child('load/client.mjs')
  const results = new Map()
  try {
    for (let round = 1; round <= flags.rounds; round++) {
      for (const name of flags.only) {
        progress(`round ${round} of ${flags.rounds}: ${name}`)
        const samples = await sampleOf(name, targets, flags)
        for (const target of turned(targets, round)) {
          const key = `${name} ${target.name}`
          if (!results.has(key)) results.set(key, [])
          results.get(key).push(await measureOne(load, name, target, samples.get(target), flags))
        }
      }
    }
  } finally {
    await load.stop()
  }
  return flags.only.flatMap((name) => rowsOf(name, targets, results))
}

/** What each server answers; the bare ones are told to answer what the first server of the API does. */
async function sampleOf(name, targets, flags) {
  const { sample, prepare } = caseOf[name]
  const samples = new Map()
  const servers = targets.filter(({ store }) => store)
  for (const target of servers) {
    await prepare?.(target.port, flags)
    samples.set(target, await sample(target.port))
  }
  const constant = samples.get(servers[0])
  for (const target of targets) {
    if (target.store) continue
    await target.child.ask('serve', constant)
    samples.set(target, constant)
  }
  return samples
}

/** Every round begins with another server, so that none always follows the same one. */
const turned = (targets, round) => targets.map((_, i) => targets[(i + round - 1) % targets.length])

async function measureOne(load, name, target, sample, flags) {
  const { ask, args } = caseOf[name].job(flags, sample)
  const { port, child } = target
  const before = await child.ask('usage')
  const job = { port, secs: flags.secs, warmUp: Math.min(flags.secs / 4, MAX_WARM_UP_SECS), ...args }
  const result = await load.ask(ask, job).catch((err) => {
    throw new Error(`${target.name}, ${name}: ${err.message}`)
  })
  const { cpu } = await child.ask('usage')
  return { ...result, rate: result.answers / result.secs, cpu: (cpu - before.cpu) / result.all }
}

function rowsOf(name, targets, results) {
  const rows = targets.map((target) => {
    const rounds = results.get(`${name} ${target.name}`)
    const middle = (field) => median(rounds.map((round) => round[field]))
    return {
      case: name,
      server: target.name,
      store: target.store,
      mount: target.mount,
      rate: Math.round(middle('rate')),
      p50: middle('p50'),
      p99: middle('p99'),
      cpuMicros: Math.round(middle('cpu') * 10) / 10,
      clientBusy: Math.round(middle('busy') * 100) / 100,
      rounds: rounds.map(({ rate, p99 }) => ({ rate: Math.round(rate), p99 })),
    }
  })
  return rows.map((row) => ({ ...row, ...ratioOf(row, rows) }))
}

function ratioOf(row, rows) {
  const base = rows.find(({ store, mount }) => store === undefined && mount === row.mount)
  return row === base ? {} : { of: base.server, ratio: row.rate / base.rate }
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)]
}
