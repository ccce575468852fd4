import { unclassified } from '../errors.js'
import type { StatusError } from '../status.js'
import type { DeleteOptions, Preconditions } from './types.js'

type Json = Readonly<Record<string, unknown>>

/**
 * DeleteOptions from a request's decoded body. Kind and apiVersion may be missing, unknown fields are ignored. DeleteOptions
 * are of every version of every group, as the reference has it.
 *
 * @param body The parsed JSON or YAML.
 * @throws StatusError 500 for another kind or a field of another type, as the reference answers.
 */
export function deleteOptionsFromBody(body: unknown): DeleteOptions {
  if (body === null) return { dryRun: [] }
  const object = objectOf(body, 'Go value of type v1.DeleteOptions')
  const kind = textOf(object, 'kind') ?? ''
  if (kind !== '' && kind !== 'DeleteOptions') throw unclassified('decoded object cannot be converted to DeleteOptions')
  const apiVersion = textOf(object, 'apiVersion') ?? ''
  if (apiVersion.split('/', 3).length > 2) throw unclassified(`unexpected GroupVersion string: ${apiVersion}`)
  const gracePeriodSeconds = integerOf(object, 'gracePeriodSeconds')
  const preconditions = preconditionsOf(object)
  const orphanDependents = flagOf(object, 'orphanDependents')
  const propagationPolicy = textOf(object, 'propagationPolicy')
  // Read for its type alone: what it asks for needs a feature that is off.
  flagOf(object, 'ignoreStoreReadErrorWithClusterBreakingPotential')
  return {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(preconditions !== undefined && { preconditions }),
    ...(orphanDependents !== undefined && { orphanDependents }),
    ...(propagationPolicy !== undefined && { propagationPolicy }),
    dryRun: textsOf(object, 'dryRun'),
  }
}

function preconditionsOf(object: Json): Preconditions | undefined {
  const value = fieldOf(object, 'preconditions')
  if (value === undefined) return undefined
  const preconditions = objectOf(value, 'Go struct field DeleteOptions.preconditions of type v1.Preconditions')
  const uid = textOf(preconditions, 'uid', 'Preconditions')
  const resourceVersion = textOf(preconditions, 'resourceVersion', 'Preconditions')
  return { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) }
}

/** A field that is there and not null. Own fields only: a name such as `constructor` is never asked for. */
function fieldOf(object: Json, name: string): unknown {
  return Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined
}

function objectOf(value: unknown, target: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw unclassified(`json: cannot unmarshal ${jsonTypeOf(value)} into ${target}`)
}

function textOf(object: Json, name: string, struct = 'DeleteOptions'): string | undefined {
  const value = fieldOf(object, name)
  if (value === undefined || typeof value === 'string') return value
  throw wrongType(value, struct, name, 'string')
}

function flagOf(object: Json, name: string): boolean | undefined {
  const value = fieldOf(object, name)
  if (value === undefined || typeof value === 'boolean') return value
  throw wrongType(value, 'DeleteOptions', name, 'bool')
}

function integerOf(object: Json, name: string): number | undefined {
  const value = fieldOf(object, name)
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value))) return value
  throw wrongType(value, 'DeleteOptions', name, 'int64')
}

function textsOf(object: Json, name: string): readonly string[] {
  const value = fieldOf(object, name) ?? []
  if (!Array.isArray(value)) throw wrongType(value, 'DeleteOptions', name, '[]string')
  return value.map((element: unknown) => {
    if (typeof element === 'string') return element
    throw wrongType(element, 'DeleteOptions', name, 'string')
  })
}

function wrongType(value: unknown, struct: string, name: string, type: string): StatusError {
  const what = typeof value === 'number' && type === 'int64' ? `number ${value}` : jsonTypeOf(value)
  return unclassified(`json: cannot unmarshal ${what} into Go struct field ${struct}.${name} of type ${type}`)
}

function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return value === null ? 'null' : typeof value
}
