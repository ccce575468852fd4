import { duplicate, invalid, required, tooMany } from '../../meta/field/index.js'
import { isJSONObject, ownProperty, stringifyJSON } from '../json/index.js'
import type { Check } from './node.js'
import { inBody } from './scalar-checks.js'
import type { JSONSchema } from './types.js'

/** Rules about lists and objects that a schema states: sizes, required members, uniqueness. */
export function collectionChecks(schema: JSONSchema): Check[] {
  const checks: Check[] = []
  if (schema.required !== undefined && schema.required.length > 0) checks.push(requiredMembers(schema.required))
  if (schema.minProperties !== undefined) checks.push(minProperties(schema.minProperties))
  if (schema.maxProperties !== undefined) checks.push(maxProperties(schema.maxProperties))
  if (schema.minItems !== undefined) checks.push(minItems(schema.minItems))
  if (schema.maxItems !== undefined) checks.push(maxItems(schema.maxItems))
  if (schema['x-kubernetes-list-type'] === 'set') checks.push(uniqueItems())
  if (schema['x-kubernetes-list-type'] === 'map') checks.push(uniqueKeys(schema['x-kubernetes-list-map-keys'] ?? []))
  return checks
}

function requiredMembers(names: readonly string[]): Check {
  return (value, trail, sink) => {
    if (!isJSONObject(value)) return
    for (const name of names) {
      if (ownProperty(value, name) !== undefined) continue
      trail.enter(name)
      sink.add(required(trail.path(), ''))
      trail.leave()
    }
  }
}

function minProperties(limit: number): Check {
  return (value, trail, sink) => {
    if (!isJSONObject(value) || Object.keys(value).length >= limit) return
    sink.add(invalid(trail.path(), value, `${inBody(trail)} should have at least ${limit} properties`))
  }
}

function maxProperties(limit: number): Check {
  return (value, trail, sink) => {
    const size = isJSONObject(value) ? Object.keys(value).length : 0
    if (size > limit) sink.add(tooMany(trail.path(), size, limit))
  }
}

function minItems(limit: number): Check {
  return (value, trail, sink) => {
    if (!Array.isArray(value) || value.length >= limit) return
    sink.add(invalid(trail.path(), value.length, `${inBody(trail)} should have at least ${limit} items`))
  }
}

function maxItems(limit: number): Check {
  return (value, trail, sink) => {
    if (Array.isArray(value) && value.length > limit) sink.add(tooMany(trail.path(), value.length, limit))
  }
}

function uniqueItems(): Check {
  return (value, trail, sink) => {
    if (!Array.isArray(value)) return
    const seen = new Set<string>()
    for (const [index, item] of value.entries()) {
      const identity = canonicalJSON(item)
      if (seen.has(identity)) {
        trail.enter(index)
        sink.add(duplicate(trail.path(), item))
        trail.leave()
      }
      seen.add(identity)
    }
  }
}

function uniqueKeys(keys: readonly string[]): Check {
  return (value, trail, sink) => {
    if (!Array.isArray(value)) return
    const seen = new Set<string>()
    for (const [index, item] of value.entries()) {
      if (!isJSONObject(item)) continue
      const found = keys.filter((key) => ownProperty(item, key) !== undefined).map((key) => [key, item[key]] as const)
      const identity = canonicalJSON(found)
      if (seen.has(identity)) {
        trail.enter(index)
        sink.add(duplicate(trail.path(), Object.fromEntries(found)))
        trail.leave()
      }
      seen.add(identity)
    }
  }
}

/** Equal for equal values, whatever the order of their keys. */
function canonicalJSON(value: unknown): string {
  if (typeof value !== 'object' || value === null) return stringifyJSON(value)
  return stringifyJSON(sorted(value))
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  // As a list of pairs, so that no key needs care; a list of items begins with another mark.
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return { members: members.map(([key, member]) => [key, sorted(member)]) }
}
