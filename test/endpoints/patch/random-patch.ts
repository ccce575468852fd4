import type { Operation } from 'fast-json-patch'

type Random = () => number

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

const KEYS = ['a', 'b', 'c~d', 'e/f', '', 'ü', '0', 'length']
const SCALARS = ['', 'x', 'y', 0, 1, -2.5, true, false, null]

/** A document with few keys, so that patches often meet what is there. */
export function smallDocument(random: Random, depth = 3): unknown {
  const choice = depth === 0 ? 0 : random()
  if (choice < 0.3) return pick(random, SCALARS)
  if (choice < 0.55) return Array.from({ length: Math.floor(random() * 4) }, () => smallDocument(random, depth - 1))
  return smallObject(random, depth)
}

/** {@link smallDocument}, at its root an object. */
export function smallObject(random: Random, depth = 3): Record<string, unknown> {
  const members = Array.from({ length: Math.floor(random() * 5) }, () => [
    pick(random, KEYS),
    smallDocument(random, depth - 1),
  ])
  return Object.fromEntries(members)
}

/** Every place in a document, as JSON pointers; containers also by a place that is not there yet. */
function pointersOf(document: unknown, at = ''): { existing: string[]; open: string[] } {
  const existing = [at]
  const open: string[] = []
  if (typeof document !== 'object' || document === null) return { existing, open }
  if (Array.isArray(document)) open.push(`${at}/-`, `${at}/${document.length}`, `${at}/${document.length + 1}`)
  else for (const key of KEYS) if (!Object.hasOwn(document, key)) open.push(`${at}/${escapeKey(key)}`)
  for (const [key, value] of Object.entries(document)) {
    const below = pointersOf(value, `${at}/${escapeKey(key)}`)
    existing.push(...below.existing)
    open.push(...below.open)
  }
  return { existing, open }
}

/** An operation on a document: mostly one that can be applied. */
export function randomOperation(random: Random, document: unknown): Operation {
  const { existing, open } = pointersOf(document)
  const there = () => pick(random, existing)
  const anywhere = () => (open.length > 0 && random() < 0.5 ? pick(random, open) : there())
  const mostly = () => (random() < 0.9 ? there() : anywhere())
  switch (pick(random, ['add', 'add', 'remove', 'replace', 'move', 'copy', 'test'] as const)) {
    case 'add':
      return { op: 'add', path: anywhere(), value: smallDocument(random, 2) }
    case 'remove':
      return { op: 'remove', path: mostly() }
    case 'replace':
      return { op: 'replace', path: mostly(), value: smallDocument(random, 2) }
    case 'move':
      return { op: 'move', from: mostly(), path: anywhere() }
    case 'copy':
      return { op: 'copy', from: mostly(), path: anywhere() }
    default: {
      const path = mostly()
      return { op: 'test', path, value: random() < 0.7 ? valueAt(document, path) : smallDocument(random, 1) }
    }
  }
}

function valueAt(document: unknown, pointer: string): unknown {
  let value = document as Record<string, unknown>
  for (const key of pointer.split('/').slice(1))
    value = (value?.[key.replaceAll('~1', '/').replaceAll('~0', '~')] ?? null) as Record<string, unknown>
  return structuredClone(value)
}
