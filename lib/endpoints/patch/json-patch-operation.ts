import { isJSONObject, MAX_PROBLEMS } from '../../runtime/json/index.js'
import { cannotUnmarshal } from './cannot-unmarshal.js'
import { PatchError, shown } from './patch-error.js'

/** One operation of a JSON patch (RFC 6902): what it says of itself are texts, or it is not there. */
export interface PatchOperation {
  readonly op?: string | null
  readonly path?: string | null
  readonly from?: string | null
  readonly value?: unknown
}

const TEXTS = ['op', 'path', 'from'] as const
const MEMBERS: ReadonlySet<string> = new Set([...TEXTS, 'value'])
const MAX_SHOWN_KEY = 256

/**
 * Checks the form of decoded operations; whether they make sense shows when they are applied.
 *
 * @param lenient whether what should be a text is looked at only when it is needed
 * @throws Error with the words of Go's decoder
 */
export function operationsOf(list: readonly unknown[], lenient = false): readonly PatchOperation[] {
  return list.map((value) => operationOf(value, lenient))
}

function operationOf(value: unknown, lenient: boolean): PatchOperation {
  // Nothing is an operation that says nothing.
  if (value === null) return {}
  if (!isJSONObject(value)) throw new Error(cannotUnmarshal(value, 'Go value of type jsonPatchOp'))
  for (const name of TEXTS) {
    const text = Object.hasOwn(value, name) ? value[name] : null
    if (typeof text !== 'string' && text !== null && !lenient)
      throw new Error(cannotUnmarshal(text, `Go struct field jsonPatchOp.${name} of type string`))
  }
  return value
}

/** Members that no operation has, as paths into the patch: `[0].foo`. At most 100. */
export function unknownMembers(operations: readonly PatchOperation[]): string[] {
  const paths: string[] = []
  for (const [index, operation] of operations.entries()) {
    for (const key of Object.keys(operation)) {
      if (MEMBERS.has(key)) continue
      if (paths.push(`[${index}].${key.slice(0, MAX_SHOWN_KEY)}`) === MAX_PROBLEMS) return paths
    }
  }
  return paths
}

/** @throws PatchError for an operation that does not say it */
export function textOf(operation: PatchOperation, name: 'path' | 'from'): string {
  const text = operation[name] ?? null
  if (typeof text !== 'string') throw new PatchError(`${shown(String(operation.op ?? ''))} operation without a ${name}`)
  return text
}
