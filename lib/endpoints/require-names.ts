import { isDns1035Label, isDns1123Subdomain } from '../meta/validation/index.js'

const CAMEL_CASE = /^[A-Z][A-Za-z0-9]{0,62}$/
const VERSION = /^v[1-9][0-9]{0,9}((alpha|beta)[1-9][0-9]{0,9})?$/

/** What a resource is called, in paths and in objects. */
export interface ResourceNames {
  readonly group: string
  readonly kind: string
  readonly plural: string
  readonly versions: readonly string[]
}

/** @throws Error for names that cannot stand in a path, or mean something else there */
export function requireNames({ group, kind, plural, versions }: ResourceNames): void {
  if (group !== '' && isDns1123Subdomain(group).length > 0)
    throw new Error(`group ${JSON.stringify(group)} is no DNS subdomain`)
  if (!CAMEL_CASE.test(kind)) throw new Error(`kind ${JSON.stringify(kind)} is not in CamelCase`)
  if (isDns1035Label(plural).length > 0) throw new Error(`plural ${JSON.stringify(plural)} is no DNS label`)
  for (const version of versions) {
    if (!VERSION.test(version))
      throw new Error(`version ${JSON.stringify(version)} of ${kind} is not of the form v1, v1beta1 or v1alpha1`)
  }
  if (new Set(versions).size !== versions.length) throw new Error(`${kind} has a version twice`)
  if (plural === 'watch' || plural === 'proxy' || plural === 'namespaces') {
    if (!(plural === 'namespaces' && group === ''))
      throw new Error(`plural ${plural} has a meaning of its own in paths`)
  }
}
