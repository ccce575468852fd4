import { type FaultName, faultNames, isFault } from './faults.js'
import { countOf, explainFailure, passed, summaryLine } from './report.js'
import { runSeed } from './run.js'
import type { StoreName } from './store.js'

export const usage = `npm run test:robustness -- [flags]
  --runs N            how many seeds (10)
  --seed S            the first seed; alone, the only one (random)
  --store lmdb|etcd   on this store only (a third of the seeds on lmdb)
  --faults a,b        only these: ${faultNames.join(', ')}
  --seconds N         how long clients are busy per seed (6)
  --verbose           says when each fault began and ended
  --help              this text`

export interface Flags {
  readonly help: boolean
  readonly runs: number
  readonly seed: number
  readonly seconds: number
  readonly verbose: boolean
  readonly store?: StoreName
  readonly faults?: readonly FaultName[]
}

/** A flag that is unknown, or whose value is no good. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

/** @throws {FlagError} */
export function parseFlags(args: readonly string[]): Flags {
  if (args.includes('--help')) return { help: true, runs: 0, seed: 0, seconds: 0, verbose: false }
  const given = new Map<string, string>()
  const verbose = args.includes('--verbose')
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--verbose') continue
    const [name = '', inline] = (args[i] ?? '').split('=', 2)
    if (!['--runs', '--seed', '--store', '--faults', '--seconds'].includes(name))
      throw new FlagError(`unknown flag ${name}: --help lists the known ones`)
    const value = inline ?? args[++i]
    if (!value) throw new FlagError(`${name} needs a value`)
    given.set(name, value)
  }
  const number = (name: string, fallback: number): number => {
    const value = given.get(name)
    if (value !== undefined && !/^[0-9]{1,9}$/.test(value)) throw new FlagError(`${name} ${value} is no number`)
    return value === undefined ? fallback : Number(value)
  }
  const store = given.get('--store')
  if (store !== undefined && store !== 'lmdb' && store !== 'etcd') throw new FlagError('--store is lmdb or etcd')
  const faults = given.get('--faults')?.split(',')
  const unknown = faults?.find((fault) => !isFault(fault))
  if (unknown !== undefined) throw new FlagError(`there is no fault ${unknown}: there are ${faultNames.join(', ')}`)
  return {
    help: false,
    verbose,
    runs: number('--runs', given.has('--seed') ? 1 : 10),
    seed: number('--seed', Math.floor(Math.random() * 1_000_000)),
    seconds: number('--seconds', 6),
    ...(store ? { store } : {}),
    ...(faults ? { faults: faults as FaultName[] } : {}),
  }
}

/** Runs seed after seed; resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, verbose, runs, seed: first, ...options } = parseFlags(args)
  if (help) {
    console.log(usage)
    return 0
  }
  const total = { passed: 0, failed: 0, writes: 0, reads: 0, watches: 0, expired: 0, events: 0 }
  const failed: number[] = []
  const errors = new Map<string, number>()
  for (let seed = first; seed < first + runs; seed++) {
    const started = performance.now()
    const result = await runSeed({ seed, ...options }).catch((error: unknown) => {
      console.log(`seed ${seed}  could not be run: ${error instanceof Error ? error.stack : error}`)
      return undefined
    })
    if (result) {
      console.log(summaryLine(result, performance.now() - started))
      if (verbose) console.log(`  ${result.log.join(', ')}`)
      if (!passed(result)) console.log(explainFailure(result))
      const counts = countOf(result)
      for (const name of ['writes', 'reads', 'watches', 'expired', 'events'] as const) total[name] += counts[name]
      for (const [text, count] of result.errors) errors.set(text, (errors.get(text) ?? 0) + count)
    }
    const isGood = result !== undefined && passed(result)
    total[isGood ? 'passed' : 'failed']++
    if (!isGood) failed.push(seed)
  }
  for (const [text, count] of [...errors].sort((a, b) => b[1] - a[1])) console.log(`answered ${count} times: ${text}`)
  console.log(`${total.writes} writes, ${total.reads} reads, ${total.watches} watches, ${total.events} events checked`)
  if (failed.length > 0) console.log(`failed seeds: ${failed.join(', ')}`)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  return total.failed > 0 ? 1 : 0
}
