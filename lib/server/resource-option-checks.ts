import { type OptionType, requireKnownOptions } from '../meta/known-options.js'
import type { KubeObject } from '../meta/types.js'
import type { PrinterColumn } from '../registry/index.js'
import type { ResourceOptions, VersionOptions } from './resource-options.js'

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof ResourceOptions, OptionType>> = {
  group: 'text',
  version: 'text',
  versions: 'list',
  kind: 'text',
  plural: 'text',
  scope: true,
  schema: 'function or object',
  default: 'function',
  singular: 'text',
  listKind: 'text',
  shortNames: 'list',
  categories: 'list',
  printerColumns: 'list',
  validate: 'function',
  validateUpdate: 'function',
  warnings: 'function',
  validateName: 'text or function',
  selectableFields: 'object',
  statusSubresource: 'boolean',
  subresources: 'object',
  generation: 'boolean',
  allowCreateOnUpdate: 'boolean',
  allowUnconditionalUpdate: 'boolean',
  ttlSeconds: 'function',
  typed: 'boolean',
}

/** And here. */
const VERSION_OPTIONS: Readonly<Record<keyof VersionOptions, OptionType>> = {
  name: 'text',
  schema: 'function or object',
  storage: 'boolean',
  default: 'function',
  toInternal: 'function',
  fromInternal: 'function',
  deprecated: 'object',
  definitionName: 'text',
}

/** And here. */
const COLUMN_OPTIONS: Readonly<Record<keyof PrinterColumn, OptionType>> = {
  name: 'text',
  type: 'text',
  format: 'text',
  description: 'text',
  priority: 'number',
  value: 'function',
}

const REQUIRED = ['group', 'kind', 'plural', 'scope'] as const
const SCOPES: readonly unknown[] = ['Namespaced', 'Cluster']

/**
 * A rule of a kind that is misspelt would never be asked.
 *
 * @throws TypeError naming the option, of the kind, of one of its versions or columns
 */
export function checkResourceOptions<T extends KubeObject>(options: ResourceOptions<T>): void {
  const owner = typeof options?.kind === 'string' ? `the definition of ${options.kind}` : 'defineResource'
  requireKnownOptions(owner, options, OPTIONS)
  for (const name of REQUIRED) if (options[name] === undefined) throw new TypeError(`${owner} needs a ${name}`)
  if (!SCOPES.includes(options.scope))
    throw new TypeError(`scope of ${owner} must be 'Namespaced' or 'Cluster', not ${JSON.stringify(options.scope)}`)
  for (const version of options.versions ?? [])
    requireKnownOptions(`version ${version?.name} of ${options.kind}`, version, VERSION_OPTIONS)
  for (const column of options.printerColumns ?? [])
    requireKnownOptions(`column ${column?.name} of ${options.kind}`, column, COLUMN_OPTIONS)
  const unread = options.printerColumns?.find(({ value }) => value === undefined)
  if (unread) throw new TypeError(`column ${unread.name} of ${options.kind} needs a value, a function of an object`)
  requireFunctions(`selectableFields of ${owner}`, options.selectableFields)
}

function requireFunctions(owner: string, members: Readonly<Record<string, unknown>> = {}): void {
  for (const [name, member] of Object.entries(members))
    if (typeof member !== 'function') throw new TypeError(`${name} in ${owner} must be a function of an object`)
}
