import { parseTime } from '../../meta/time.js'
import type { ManagedFieldsEntry } from '../../meta/types.js'
import { isJSONObject } from '../../runtime/json/index.js'
import type { FieldSet } from './field-set.js'
import { decodeFieldsV1, type ElementBudget, encodeFieldsV1, FieldsV1Error, MAX_PATH_ELEMENTS } from './fields-v1.js'

export type ManagerOperation = 'Apply' | 'Update'

/** One manager's share of an object, as an entry of managedFields has it. */
export interface Manager {
  readonly manager: string
  readonly operation: ManagerOperation
  /** The version whose field names the set uses. */
  readonly apiVersion: string
  readonly subresource: string
  /** When the share last changed, RFC 3339. */
  readonly time: string | undefined
  readonly fields: FieldSet
}

/** The managers of an object by {@link managerIdentifier}. */
export type Managers = Map<string, Manager>

/** managedFields that cannot be read. */
export class ManagedFieldsError extends Error {
  override readonly name = 'ManagedFieldsError'
}

/** As many entries are read at most; Kubernetes keeps ten updaters, and nobody has hundreds of appliers. */
const MAX_ENTRIES = 1_000

/** Who a manager is: an applier stays the same in every version, an updater is another one in each. */
export function managerIdentifier(
  manager: Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>,
): string {
  const { operation, apiVersion, subresource } = manager
  return JSON.stringify({
    ...(manager.manager === '' ? {} : { manager: manager.manager }),
    operation,
    ...(operation === 'Apply' ? {} : { apiVersion }),
    ...(subresource === '' ? {} : { subresource }),
  })
}

/** The same manager with another share. */
export function withFields(manager: Manager, fields: FieldSet): Manager {
  return fields === manager.fields ? manager : { ...manager, fields }
}

/**
 * Reads `metadata.managedFields`.
 *
 * @throws ManagedFieldsError
 */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map()
  if (entries === undefined || entries === null) return managers
  if (!Array.isArray(entries)) throw new ManagedFieldsError('managed fields are a list')
  if (entries.length > MAX_ENTRIES) throw new ManagedFieldsError(`more than ${MAX_ENTRIES} managed fields entries`)
  const budget: ElementBudget = { elements: MAX_PATH_ELEMENTS }
  for (const [index, entry] of entries.entries()) {
    const manager = decodeManager(entry, index, budget)
    managers.set(managerIdentifier(manager), manager)
  }
  return managers
}

function decodeManager(entry: unknown, index: number, budget: ElementBudget): Manager {
  if (!isJSONObject(entry)) throw new ManagedFieldsError(`managed fields entry ${index} is no object`)
  const { operation, fieldsType, time, fieldsV1 } = entry
  const apiVersion = textOf(entry.apiVersion)
  if (operation !== 'Apply' && operation !== 'Update')
    throw new ManagedFieldsError('operation must be `Apply` or `Update`')
  if (apiVersion === '') throw new ManagedFieldsError('apiVersion must not be empty')
  if (textOf(fieldsType) === '') throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${index}`)
  if (fieldsType !== 'FieldsV1')
    throw new ManagedFieldsError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`)
  return {
    manager: textOf(entry.manager),
    operation,
    apiVersion,
    subresource: textOf(entry.subresource),
    time: typeof time === 'string' ? time : undefined,
    fields: decodeFields(fieldsV1 ?? {}, budget),
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function decodeFields(fieldsV1: unknown, budget: ElementBudget): FieldSet {
  try {
    return decodeFieldsV1(fieldsV1, budget)
  } catch (err) {
    if (err instanceof FieldsV1Error) throw new ManagedFieldsError(`error decoding set: ${err.message}`)
    throw err
  }
}

/**
 * Writes `metadata.managedFields`: appliers before updaters, then by time, by name, by version, by subresource.
 *
 * @returns undefined when nobody owns anything
 */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined
  return [...managers.values()].sort(compareManagers).map(encodeManager)
}

function encodeManager(manager: Manager): ManagedFieldsEntry {
  const { operation, apiVersion, time, subresource, fields } = manager
  return {
    ...(manager.manager === '' ? {} : { manager: manager.manager }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFieldsV1(fields),
    ...(subresource === '' ? {} : { subresource }),
  }
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  )
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** The second of a manager's last change; no time is the beginning of all. */
export function secondsOf({ time }: Pick<Manager, 'time'>): number {
  const instant = time === undefined ? undefined : parseTime(time)
  return instant === undefined ? 0 : Math.floor(instant.getTime() / 1000)
}
