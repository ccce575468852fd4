// Interleaved rounds over all cases and servers, and their medians.
import { caseOf } from './cases.mjs'
import { Child } from './child.mjs'
import { floorOf } from './floors.mjs'
import { startTargets } from './targets.mjs'

/** After the first round code is compiled already; only connections and caches are cold. */
const LATER_WARM_UP_SECS = 0.5

/**
 * @param {(text: string) => void} progress
 * @returns rows by case and server, rates as they are printed, ratios their quotients, and what a foreign writer reached
 */
export async function measureAll(flags, progress) {
  const rows = []
  const foreignRates = []
  for (const group of new Set(flags.only.map((name) => caseOf[name].group))) {
    const names = flags.only.filter((name) => caseOf[name].group === group)
    const measured = await measureGroup(names, flags, progress)
    rows.push(...measured.rows)
    if (measured.foreignRate !== undefined) foreignRates.push(Math.round(measured.foreignRate))
  }
  return { rows, foreignRates }
}

/** A group has its servers to itself, with stores that begin empty. */
async function measureGroup(names, flags, progress) {
  const bareServers = names.some((name) => caseOf[name].group !== 'writes')
  const wanted = { bareServers, bareClient: names.includes('create') }
  const { targets, foreign, stop } = await startTargets(flags, wanted)
  const load = new Child('load/client.mjs')
  const results = new Map()
  try {
    for (let round = 1; round <= flags.rounds; round++)
      for (const name of names) {
        progress(`round ${round} of ${flags.rounds}: ${name}`)
        const taking = targets.filter((target) => takesPart(target, name))
        if (round === 1) for (const { store, port } of taking) if (store) await caseOf[name].prepare?.(port, flags)
        const samples = await sampleOf(name, taking)
        for (const target of turned(taking, round)) {
          const key = `${name} ${target.name}`
          if (!results.has(key)) results.set(key, [])
          results.get(key).push(await measureOne({ load, name, target, samples, flags, round }))
        }
      }
    const foreignRate = await foreign?.ask('achieved')
    return { rows: rowsOf(names, targets, results, flags), foreignRate }
  } finally {
    await load.stop()
    await stop()
  }
}

/** A bare client creates alone; a bare server has nothing to say about writes. */
function takesPart({ like, store }, name) {
  if (like) return name === 'create'
  return store !== undefined || caseOf[name].group !== 'writes'
}

/** What each server answers; the bare ones are told to answer what the first server of the API does. */
async function sampleOf(name, targets) {
  const { sample } = caseOf[name]
  const samples = new Map()
  const servers = targets.filter(({ store }) => store)
  for (const target of servers) samples.set(target, await sample(target.port))
  const constant = samples.get(servers[0])
  for (const target of targets) {
    if (target.store || target.like) continue
    await target.child.ask('serve', constant)
    samples.set(target, constant)
  }
  return samples
}

/** Every round begins with another server, so that none always follows the same one. */
const turned = (targets, round) => targets.map((_, i) => targets[(i + round - 1) % targets.length])

async function measureOne({ load, name, target, samples, flags, round }) {
  const { port, child, like } = target
  const { ask, args } = caseOf[name].job(flags, samples.get(target) ?? samples.values().next().value, !target.store)
  const warmUp = round === 1 ? flags['warm-up'] : Math.min(flags['warm-up'], LATER_WARM_UP_SECS)
  const job = { port, secs: flags.secs, warmUp, ...args }
  const before = await child.ask('usage')
  const done = like ? child.ask('drive', { ...job, like, conns: args.lanes.length }) : load.ask(ask, job)
  const result = await done.catch((err) => ({ error: err.message }))
  if (result.error !== undefined) return result
  const { cpu } = await child.ask('usage')
  const perSec = (count) => (count ?? 0) / result.secs
  return {
    ...result,
    rate: perSec(result.answers),
    writes: perSec(result.background),
    cpu: (cpu - before.cpu) / result.all,
  }
}

function rowsOf(names, targets, results, flags) {
  const rows = names.flatMap((name) =>
    targets.filter((target) => results.has(`${name} ${target.name}`)).map((target) => rowOf(name, target, results)),
  )
  return rows.map((row) => {
    const base = baseOf(row, rows)
    if (row.error !== undefined) return { ...row, floor: floorOf(row, {}, flags) }
    if (!base || base.error !== undefined) return row
    const compared = { ...row, of: base.case === row.case ? base.server : base.case, ratio: row.rate / base.rate }
    return { ...compared, floor: floorOf(compared, base, flags) }
  })
}

function rowOf(name, target, results) {
  const rounds = results.get(`${name} ${target.name}`)
  const common = { case: name, server: target.name, store: target.store, mount: target.mount }
  const failed = rounds.find(({ error }) => error !== undefined)
  if (failed) return { ...common, error: failed.error }
  const middle = (field) => median(rounds.map((round) => round[field]))
  const writes = Math.round(middle('writes'))
  return {
    ...common,
    rate: Math.round(middle('rate')),
    p50: middle('p50'),
    p99: middle('p99'),
    cpuMicros: Math.round(middle('cpu') * 10) / 10,
    clientBusy: Math.round(middle('busy') * 100) / 100,
    ...(writes > 0 && { writes }),
    rounds: rounds.map(({ rate, p99 }) => ({ rate: Math.round(rate), p99 })),
  }
}

/** What a row's ratio is of: another case of the same server, or what is bare. */
function baseOf(row, rows) {
  const other = caseOf[row.case].of
  if (other) return rows.find((base) => base.case === other && base.server === row.server)
  if (!row.store) return undefined
  const bare = rows.filter((base) => base.case === row.case && !base.store)
  return bare.find(({ mount }) => mount === row.mount) ?? bare.find(({ mount }) => !mount && row.store === 'etcd')
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)]
}
