import { requireKnownOptions } from '../meta/known-options.js'
import type { KubeObject } from '../meta/types.js'
import type { ResourceOptions, VersionOptions } from './resource-options.js'

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof ResourceOptions, true>> = {
  group: true,
  version: true,
  versions: true,
  kind: true,
  plural: true,
  scope: true,
  schema: true,
  default: true,
  singular: true,
  listKind: true,
  shortNames: true,
  categories: true,
  printerColumns: true,
  validate: true,
  validateUpdate: true,
  warnings: true,
  validateName: true,
  selectableFields: true,
  statusSubresource: true,
  subresources: true,
  generation: true,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  ttlSeconds: true,
  typed: true,
}

/** And here. */
const VERSION_OPTIONS: Readonly<Record<keyof VersionOptions, true>> = {
  name: true,
  schema: true,
  storage: true,
  default: true,
  toInternal: true,
  fromInternal: true,
  deprecated: true,
  definitionName: true,
}

/**
 * A rule of a kind that is misspelt would never be asked.
 *
 * @throws TypeError naming the option, of the kind or of one of its versions
 */
export function checkResourceOptions<T extends KubeObject>(options: ResourceOptions<T>): void {
  requireKnownOptions(`the definition of ${options.kind}`, options, OPTIONS)
  for (const version of options.versions ?? [])
    requireKnownOptions(`version ${version.name} of ${options.kind}`, version, VERSION_OPTIONS)
}
