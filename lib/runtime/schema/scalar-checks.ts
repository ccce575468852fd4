import { invalid, notSupported, tooLong, typeInvalid } from '../../meta/field/index.js'
import { GoSyntax } from '../../meta/go/index.js'
import { deepEqual, stringifyJSON } from '../json/index.js'
import type { FieldTrail } from './field-trail.js'
import { hasFormat } from './formats.js'
import type { Check } from './node.js'
import { PatternMatcher } from './pattern/index.js'
import type { JSONSchema } from './types.js'

/** `spec.replicas in body`: how messages name the place, as Kubernetes' do. */
export function inBody(trail: FieldTrail): string {
  return `${trail} in body`
}

/** Rules about numbers, strings and enumerations that a schema states. */
export function scalarChecks(schema: JSONSchema): Check[] {
  const checks: Check[] = []
  if (schema.format !== undefined) checks.push(format(schema.format))
  if (schema.minimum !== undefined) checks.push(minimum(schema.minimum, schema.exclusiveMinimum === true))
  if (schema.maximum !== undefined) checks.push(maximum(schema.maximum, schema.exclusiveMaximum === true))
  if (schema.multipleOf !== undefined) checks.push(multipleOf(schema.multipleOf))
  if (schema.maxLength !== undefined) checks.push(maxLength(schema.maxLength))
  if (schema.minLength !== undefined) checks.push(minLength(schema.minLength))
  if (schema.pattern !== undefined) checks.push(pattern(schema.pattern))
  if (schema.enum !== undefined) checks.push(enumeration(schema.enum))
  return checks
}

/** Integers are printed in decimal, of whatever size they are. */
function asShown(value: unknown): unknown {
  return typeof value === 'bigint' ? new GoSyntax(String(value)) : value
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function format(name: string): Check {
  return (value, trail, sink) => {
    if (hasFormat(name, value)) return
    const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
    sink.add(typeInvalid(trail.path(), asShown(value), `${inBody(trail)} must be of type ${name}: ${shown}`))
  }
}

function minimum(bound: number, exclusive: boolean): Check {
  const rule = exclusive ? `should be greater than ${bound}` : `should be greater than or equal to ${bound}`
  return (value, trail, sink) => {
    if (!isNumber(value) || value > bound || (!exclusive && value >= bound)) return
    sink.add(invalid(trail.path(), asShown(value), `${inBody(trail)} ${rule}`))
  }
}

function maximum(bound: number, exclusive: boolean): Check {
  const rule = exclusive ? `should be less than ${bound}` : `should be less than or equal to ${bound}`
  return (value, trail, sink) => {
    if (!isNumber(value) || value < bound || (!exclusive && value <= bound)) return
    sink.add(invalid(trail.path(), asShown(value), `${inBody(trail)} ${rule}`))
  }
}

function multipleOf(factor: number): Check {
  return (value, trail, sink) => {
    if (!isNumber(value) || isMultiple(value, factor)) return
    sink.add(invalid(trail.path(), asShown(value), `${inBody(trail)} should be a multiple of ${factor}`))
  }
}

function isMultiple(value: number | bigint, factor: number): boolean {
  if (Number.isInteger(factor) && (typeof value === 'bigint' || Number.isInteger(value))) {
    return BigInt(value) % BigInt(factor) === 0n
  }
  // 0.3 / 0.1 is not 3 in binary: a quotient next to an integer is one.
  const quotient = Number(value) / factor
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient))
}

function maxLength(limit: number): Check {
  return (value, trail, sink) => {
    if (typeof value !== 'string' || value.length <= limit || !hasMoreRunes(value, limit)) return
    sink.add(tooLong(trail.path(), limit))
  }
}

function minLength(limit: number): Check {
  return (value, trail, sink) => {
    if (typeof value !== 'string' || value.length >= 2 * limit || hasMoreRunes(value, limit - 1)) return
    sink.add(invalid(trail.path(), value, `${inBody(trail)} should be at least ${limit} chars long`))
  }
}

/** Whether a string has more than `limit` code points; reads no further than it must. */
function hasMoreRunes(text: string, limit: number): boolean {
  let runes = 0
  for (let at = 0; at < text.length; runes++) {
    if (runes === limit) return true
    at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1
  }
  return runes > limit
}

function pattern(source: string): Check {
  const matcher = new PatternMatcher(source)
  return (value, trail, sink) => {
    if (typeof value !== 'string') return
    const matched = matcher.test(value, sink.patternWork)
    if (matched === true) return
    const rule = matched === false ? `should match '${source}'` : `takes too long to match against '${source}'`
    sink.add(invalid(trail.path(), asShown(value), `${inBody(trail)} ${rule}`))
  }
}

function enumeration(values: readonly unknown[]): Check {
  const strings = new Set(values.filter((value) => typeof value === 'string'))
  const others = values.filter((value) => typeof value !== 'string')
  const shown = values.map((value) => (typeof value === 'string' ? value : stringifyJSON(value)))
  return (value, trail, sink) => {
    const found = typeof value === 'string' ? strings.has(value) : others.some((other) => deepEqual(other, value))
    if (!found) sink.add(notSupported(trail.path(), asShown(value), shown))
  }
}
