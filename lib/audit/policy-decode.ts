import { type FieldError, type FieldPath, fieldPath, typeInvalid } from '../meta/field/index.js'
import { isJSONObject } from '../runtime/json/index.js'
import type { AuditPolicy } from './policy.js'

/** What was read, what is of the wrong type, and fields that no policy has. */
export interface DecodedPolicy {
  readonly policy: AuditPolicy
  readonly errors: readonly FieldError[]
  readonly unknown: readonly string[]
}

type FieldType = 'string' | 'boolean' | 'object' | 'strings' | readonly [item: Fields]
type Fields = ReadonlyMap<string, FieldType>

const GROUP_RESOURCES: Fields = new Map<string, FieldType>([
  ['group', 'string'],
  ['resources', 'strings'],
  ['resourceNames', 'strings'],
])
const RULE: Fields = new Map<string, FieldType>([
  ['level', 'string'],
  ['users', 'strings'],
  ['userGroups', 'strings'],
  ['verbs', 'strings'],
  ['resources', [GROUP_RESOURCES]],
  ['namespaces', 'strings'],
  ['nonResourceURLs', 'strings'],
  ['omitStages', 'strings'],
  ['omitManagedFields', 'boolean'],
])
const POLICY: Fields = new Map<string, FieldType>([
  ['apiVersion', 'string'],
  ['kind', 'string'],
  ['metadata', 'object'],
  ['rules', [RULE]],
  ['omitStages', 'strings'],
  ['omitManagedFields', 'boolean'],
])

/** Takes a policy out of a value of which nothing is known: a file's, or that of a program without types. */
export function decodePolicy(value: Readonly<Record<string, unknown>>): DecodedPolicy {
  const reading: Reading = { errors: [], unknown: [] }
  const policy = readFields(value, POLICY, undefined, reading)
  return { policy: { rules: [], ...policy } as AuditPolicy, ...reading }
}

interface Reading {
  readonly errors: FieldError[]
  readonly unknown: string[]
}

function readFields(
  value: Readonly<Record<string, unknown>>,
  fields: Fields,
  at: FieldPath | undefined,
  reading: Reading,
): Record<string, unknown> {
  const read: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    const path = at?.child(name) ?? fieldPath(name)
    const type = fields.get(name)
    if (type === undefined) reading.unknown.push(path.toString())
    // As Go decodes: null is the same as nothing.
    else if (field !== null && field !== undefined) read[name] = readField(field, type, path, reading)
  }
  return read
}

function readField(value: unknown, type: FieldType, path: FieldPath, reading: Reading): unknown {
  if (typeof type !== 'string') {
    if (!Array.isArray(value)) return mismatch(value, 'a list', path, reading)
    return value.map((item, i) =>
      isJSONObject(item)
        ? readFields(item, type[0], path.index(i), reading)
        : mismatch(item, 'an object', path.index(i), reading),
    )
  }
  if (type === 'strings') {
    if (!Array.isArray(value)) return mismatch(value, 'a list of strings', path, reading)
    return value.map((item, i) =>
      typeof item === 'string' ? item : mismatch(item, 'a string', path.index(i), reading),
    )
  }
  const fits = type === 'object' ? isJSONObject(value) : typeof value === type
  return fits ? value : mismatch(value, type === 'object' ? 'an object' : `a ${type}`, path, reading)
}

function mismatch(value: unknown, wanted: string, path: FieldPath, { errors }: Reading): undefined {
  errors.push(typeInvalid(path, JSON.stringify(value) ?? typeof value, `must be ${wanted}`))
  return undefined
}
