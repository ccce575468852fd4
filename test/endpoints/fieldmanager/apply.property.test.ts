import { describe, expect, test } from 'vitest'
import { FieldSet } from '../../../lib/endpoints/fieldmanager/field-set.js'
import { fieldTypeOf } from '../../../lib/endpoints/fieldmanager/field-type.js'
import { decodeFieldsV1 } from '../../../lib/endpoints/fieldmanager/fields-v1.js'
import { ApplyConflictError } from '../../../lib/endpoints/fieldmanager/index.js'
import { NEVER_OWNED } from '../../../lib/endpoints/fieldmanager/never-owned.js'
import { type Path, pathText } from '../../../lib/endpoints/fieldmanager/path-element.js'
import { everyPath, toFieldSet } from '../../../lib/endpoints/fieldmanager/to-field-set.js'
import type { KubeObject } from '../../../lib/meta/types.js'
import { deepCopy } from '../../../lib/runtime/json/index.js'
import { crew, TrackedCrew, v1 } from './crews.js'
import { RandomSpecs } from './random-specs.js'

const type = fieldTypeOf(v1.schema)
const RUNS = 300
const seeds = Array.from({ length: 6 }, (_, index) => index * 7919 + 1)
const MANAGERS = ['ann', 'ben'] as const
type Name = (typeof MANAGERS)[number]

const said = (object: KubeObject): FieldSet => toFieldSet(type, object).difference(NEVER_OWNED)
const bare = ({ metadata: { managedFields: _, uid: _uid, ...metadata }, ...rest }: KubeObject): KubeObject => ({
  ...rest,
  metadata,
})
const there = (object: KubeObject): FieldSet => everyPath(type, bare(object))
const texts = (set: FieldSet): string[] => [...set.paths()].map(pathText)

function ownedBy(object: KubeObject, manager: Name): FieldSet {
  const entry = object.metadata.managedFields?.find((candidate) => candidate.manager === manager)
  return entry ? decodeFieldsV1(entry.fieldsV1) : FieldSet.EMPTY
}

/** The value at a path, looked up by name, key or value; containers too. */
function valueAt(object: unknown, path: Path): unknown {
  let value = object
  for (const element of path) {
    const rest = element.slice(2)
    if (element.startsWith('f:')) value = (value as Record<string, unknown>)[rest]
    else if (element.startsWith('v:')) value = (value as unknown[]).find((item) => item === JSON.parse(rest))
    else {
      const keys = Object.entries(JSON.parse(rest) as object)
      const isIt = (item: Record<string, unknown>) => keys.every(([key, wanted]) => (item[key] ?? 'TCP') === wanted)
      value = (value as Record<string, unknown>[]).find(isIt)
    }
  }
  return value
}

interface Step {
  readonly before: KubeObject | undefined
  readonly object: KubeObject
  readonly config: KubeObject
  readonly manager: Name
  readonly force: boolean
  readonly conflict: ApplyConflictError | undefined
  /** What each manager applied last, this step included unless it was refused. */
  readonly last: ReadonlyMap<Name, KubeObject>
}

/** Random configurations, applied in random order by two managers, with force or without. */
function* history(seed: number, force?: boolean): Generator<Step> {
  const random = new RandomSpecs(seed)
  for (let run = 0; run < RUNS / 10; run++) {
    const tracked = new TrackedCrew()
    const last = new Map<Name, KubeObject>()
    for (let step = 0; step < 10; step++) {
      const manager = MANAGERS[random.next(2)]!
      const forced = force ?? random.coin()
      const config = crew(random.spec())
      const before = tracked.object && deepCopy(tracked.object)
      tracked.clock.seconds++
      let conflict: ApplyConflictError | undefined
      try {
        tracked.apply(manager, config, forced)
        last.set(manager, config)
      } catch (err) {
        if (!(err instanceof ApplyConflictError)) throw err
        conflict = err
      }
      if (tracked.object) yield { before, object: tracked.object, config, manager, force: forced, conflict, last }
    }
  }
}

describe.each(seeds)('two managers that apply random configurations (seed %i)', (seed) => {
  test('every field of a configuration is there as it was applied, or another manager has taken it', () => {
    let looked = 0
    for (const { object, last } of history(seed)) {
      for (const [manager, config] of last) {
        const own = ownedBy(object, manager)
        const others = ownedBy(object, manager === 'ann' ? 'ben' : 'ann')
        for (const path of said(config).paths()) {
          looked++
          if (!own.has(path)) expect(others.has(path) || !there(object).has(path), pathText(path)).toBe(true)
          else if (isLeaf(config, path)) expect(valueAt(object, path), pathText(path)).toEqual(valueAt(config, path))
          if (own.has(path)) expect(there(object).has(path), pathText(path)).toBe(true)
        }
      }
    }
    expect(looked).toBeGreaterThan(RUNS)
  })

  test('what a manager applied and nobody forced from it is there until it applies something else', () => {
    for (const { object, last } of history(seed, false)) {
      for (const [manager, config] of last) {
        expect(texts(said(config).difference(ownedBy(object, manager)))).toEqual([])
        expect(texts(said(config).difference(there(object)))).toEqual([])
      }
    }
  })

  test('every field has an owner, and every owner a field', () => {
    for (const { object } of history(seed)) {
      const owned = ownedBy(object, 'ann').union(ownedBy(object, 'ben'))
      const orphans = texts(said(bare(object)).difference(owned)).filter((path) => !isLonelyContainer(object, path))
      expect(orphans).toEqual([])
      expect(texts(owned.difference(there(object)))).toEqual([])
    }
  })

  test('applying the same again changes nothing, not even a time', () => {
    for (const { object, config, manager, conflict } of history(seed)) {
      if (conflict) continue
      const again = new TrackedCrew()
      again.object = deepCopy(object)
      again.clock.seconds = 3_000
      again.apply(manager, config)
      expect(again.object).toEqual(object)
    }
  })

  test('force gives a manager all that it applies, and takes from the other what has another value now', () => {
    let taken = 0
    for (const { before, object, config, manager } of history(seed, true)) {
      expect(texts(said(config).difference(ownedBy(object, manager)))).toEqual([])
      const other = manager === 'ann' ? 'ben' : 'ann'
      if (!before) continue
      for (const path of said(config).intersection(ownedBy(before, other)).paths()) {
        if (!isLeaf(config, path) || same(valueAt(before, path), valueAt(config, path))) continue
        taken++
        expect(ownedBy(object, other).has(path), pathText(path)).toBe(false)
      }
    }
    expect(taken).toBeGreaterThan(10)
  })

  test('without force nothing is taken: the answer names every field that is disputed, and nothing has changed', () => {
    let disputes = 0
    for (const { before, object, config, manager, force, conflict } of history(seed)) {
      if (force || !before) continue
      const other = ownedBy(before, manager === 'ann' ? 'ben' : 'ann')
      const disputed = [...said(config).intersection(other).paths()].filter(
        (path) => isLeaf(config, path) && !same(valueAt(before, path), valueAt(config, path)),
      )
      const named = conflict?.status.details?.causes?.map(({ field }) => field) ?? []
      expect(named).toEqual(expect.arrayContaining(disputed.map(pathText)))
      if (conflict === undefined) continue
      disputes++
      expect(object).toEqual(before)
    }
    expect(disputes).toBeGreaterThan(5)
  })

  test('the items of a list come in the order of the last configuration that has them', () => {
    for (const { object, config, conflict } of history(seed)) {
      if (conflict) continue
      for (const list of ['skills', 'members', 'lines']) {
        const keysOf = (from: KubeObject): string[] =>
          (((from.spec as Record<string, unknown> | undefined)?.[list] ?? []) as unknown[]).map(keyOf)
        const wanted = keysOf(config)
        expect(keysOf(object).filter((key) => wanted.includes(key))).toEqual(wanted)
      }
    }
  })
})

const keyOf = (item: unknown): string =>
  typeof item === 'object'
    ? JSON.stringify([(item as { name?: string }).name, (item as { port?: number }).port])
    : JSON.stringify(item)

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const PIECES = ['f:route', 'f:flag']

/** Whether a path ends at a value that is owned and replaced as one piece. */
const isLeaf = (config: KubeObject, path: Path): boolean =>
  typeof valueAt(config, path) !== 'object' || PIECES.includes(path.at(-1)!)

/** A container that held what is gone now: it stays, empty, as long as somebody owns it or something beside it. */
function isLonelyContainer(object: KubeObject, path: string): boolean {
  const found = [...everyPath(type, bare(object)).paths()].find((candidate) => pathText(candidate) === path)
  const value = found && valueAt(object, found)
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
