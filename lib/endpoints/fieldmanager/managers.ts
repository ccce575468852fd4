import { compareText } from '../../meta/compare-text.js'
import { parseTime } from '../../meta/time.js'
import type { ManagedFieldsEntry } from '../../meta/types.js'
import { isJSONObject } from '../../runtime/json/index.js'
import type { Steps } from '../../runtime/steps.js'
import type { FieldSet } from './field-set.js'
import { decodeFieldsV1, type ElementBudget, FieldsV1Error, MAX_PATH_ELEMENTS } from './fields-v1.js'
import { OwnedFields } from './owned-fields.js'

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
  readonly fields: OwnedFields
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
  const owned = manager.fields.with(fields)
  return owned === manager.fields ? manager : { ...manager, fields: owned }
}

/**
 * Reads `metadata.managedFields` as a client gives it.
 *
 * @throws ManagedFieldsError
 */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const budget: ElementBudget = { elements: MAX_PATH_ELEMENTS }
  return readManagers(entries, (fieldsV1) => OwnedFields.of(decodeFields(fieldsV1, budget)))
}

/**
 * Reads `metadata.managedFields` of a stored object, sets and all; those that nobody changes are written back as they are.
 *
 * @throws ManagedFieldsError
 */
export function* readStoredManagers(entries: readonly ManagedFieldsEntry[] | undefined): Steps<Managers> {
  const managers = storedManagers(entries)
  for (const [id, manager] of managers) {
    const written = manager.fields.written()
    const fields = OwnedFields.read(decodeFields(written, { elements: MAX_PATH_ELEMENTS }), written)
    managers.set(id, { ...manager, fields })
    yield
  }
  return managers
}

/**
 * Reads `metadata.managedFields` of a stored object. The sets themselves are read when somebody asks for them.
 *
 * @throws ManagedFieldsError
 */
export function storedManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  return readManagers(entries, (fieldsV1) => OwnedFields.stored(fieldsV1))
}

type ReadFields = (fieldsV1: Record<string, unknown>) => OwnedFields

function readManagers(entries: readonly ManagedFieldsEntry[] | undefined, read: ReadFields): Managers {
  const managers: Managers = new Map()
  if (entries === undefined || entries === null) return managers
  if (!Array.isArray(entries)) throw new ManagedFieldsError('managed fields are a list')
  if (entries.length > MAX_ENTRIES) throw new ManagedFieldsError(`more than ${MAX_ENTRIES} managed fields entries`)
  for (const [index, entry] of entries.entries()) {
    const manager = readManager(entry, index, read)
    managers.set(managerIdentifier(manager), manager)
  }
  return managers
}

function readManager(entry: unknown, index: number, read: ReadFields): Manager {
  if (!isJSONObject(entry)) throw new ManagedFieldsError(`managed fields entry ${index} is no object`)
  const { operation, fieldsType, time, fieldsV1 = {} } = entry
  const apiVersion = textOf(entry.apiVersion)
  if (operation !== 'Apply' && operation !== 'Update')
    throw new ManagedFieldsError('operation must be `Apply` or `Update`')
  if (apiVersion === '') throw new ManagedFieldsError('apiVersion must not be empty')
  if (textOf(fieldsType) === '') throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${index}`)
  if (fieldsType !== 'FieldsV1')
    throw new ManagedFieldsError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`)
  if (!isJSONObject(fieldsV1)) throw new ManagedFieldsError('error decoding set: a field set is an object')
  return {
    manager: textOf(entry.manager),
    operation,
    apiVersion,
    subresource: textOf(entry.subresource),
    time: typeof time === 'string' ? time : undefined,
    fields: read(fieldsV1),
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
export function* encodeManagers(managers: Managers): Steps<ManagedFieldsEntry[] | undefined> {
  if (managers.size === 0) return undefined
  const entries: ManagedFieldsEntry[] = []
  for (const manager of [...managers.values()].sort(compareManagers)) {
    entries.push(encodeManager(manager))
    yield
  }
  return entries
}

function encodeManager(manager: Manager): ManagedFieldsEntry {
  const { operation, apiVersion, time, subresource, fields } = manager
  return {
    ...(manager.manager === '' ? {} : { manager: manager.manager }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields.written(),
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

/** The second of a manager's last change; no time is the beginning of all. */
export function secondsOf({ time }: Pick<Manager, 'time'>): number {
  const instant = time === undefined ? undefined : parseTime(time)
  return instant === undefined ? 0 : Math.floor(instant.getTime() / 1000)
}
