import type { Steps } from '../runtime/steps.js'
import type { SwaggerOperation, SwaggerParameter, SwaggerParameterOrRef, SwaggerPathItem } from './documents.js'
import { pathMethods } from './documents.js'
import { metaPrefix } from './meta-names.js'
import { byKey } from './path-routes.js'

type NamedItem = readonly [path: string, item: SwaggerPathItem]

/** Path items whose parameters stand in `#/parameters/…` where kube-apiserver puts them, and those parameters. */
export interface SharedParameters {
  readonly items: NamedItem[]
  readonly parameters: [name: string, parameter: SwaggerParameter][]
}

/**
 * Moves parameters that many operations repeat to the document's `parameters`, named by what they say, e.g.
 * `namespace-vgWSWtn3`: the last part is a hash of the parameter, the one kube-apiserver uses.
 */
export function* shareParameters(items: readonly NamedItem[]): Steps<SharedParameters> {
  const shared = new Map<string, { name: string; parameter: SwaggerParameter }>()
  const share = (parameter: SwaggerParameterOrRef): SwaggerParameterOrRef => {
    if ('$ref' in parameter || !isShareable(parameter)) return parameter
    const json = JSON.stringify(parameter)
    const entry = shared.get(json) ?? { name: `${parameter.name}-${hash(json)}`, parameter }
    shared.set(json, entry)
    return { $ref: `#/parameters/${entry.name}` }
  }
  const rewritten: NamedItem[] = []
  for (const [path, item] of items) {
    rewritten.push([path, mapParameters(item, share)])
    yield
  }
  const parameters = [...shared.values()].map(({ name, parameter }): [string, SwaggerParameter] => [name, parameter])
  return { items: rewritten, parameters: byKey(parameters) }
}

/** `dryRun` and `fieldValidation` stay where they are: kubectl before 1.27 looks for them there and follows no reference. */
function isShareable(parameter: SwaggerParameter): boolean {
  if (parameter.in === 'body') return parameter.schema?.$ref?.startsWith(`#/definitions/${metaPrefix}`) === true
  return !['name', 'dryRun', 'fieldValidation'].includes(parameter.name)
}

function mapParameters(
  item: SwaggerPathItem,
  fn: (parameter: SwaggerParameterOrRef) => SwaggerParameterOrRef,
): SwaggerPathItem {
  const map = <T extends { readonly parameters?: readonly SwaggerParameterOrRef[] }>(holder: T): T =>
    holder.parameters ? { ...holder, parameters: holder.parameters.map(fn) } : holder
  const operations = pathMethods.flatMap((method) => {
    const operation: SwaggerOperation | undefined = item[method]
    return operation ? [[method, map(operation)] as const] : []
  })
  return { ...map(item), ...Object.fromEntries(operations) }
}

/** The first six bytes of the 64-bit FNV-1 hash, in URL-safe base64. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) value = BigInt.asUintN(64, value * 0x100000001b3n) ^ BigInt(byte)
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes.subarray(0, 6).toString('base64url')
}
