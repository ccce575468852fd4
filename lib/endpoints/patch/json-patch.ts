import { deepCopy, deepEqual, isJSONObject, ownProperty, setOwnProperty } from '../../runtime/json/index.js'
import { listIndex, PatchError, parsePointer } from './json-pointer.js'

/** One operation of a JSON patch (RFC 6902), its members as they came. */
export interface PatchOperation {
  readonly op?: unknown
  readonly path?: unknown
  readonly from?: unknown
  readonly value?: unknown
}

/** All that `copy` operations of one patch may add, in bytes: copies of copies grow without bound. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024

/**
 * Applies a JSON patch; changes `document` and gives back the result, which may be another value when the whole is
 * replaced. Differs from the RFC as Kubernetes does: `replace` of a missing member adds it, negative indices count from the end.
 *
 * @throws PatchError when an operation cannot be applied; the document is then half changed and to be thrown away
 */
export function applyJSONPatch(document: unknown, operations: readonly PatchOperation[]): unknown {
  const root = { document }
  const budget = { bytes: MAX_COPIED_BYTES }
  for (const operation of operations) applyOperation(root, operation, budget)
  return root.document
}

interface Root {
  document: unknown
}

function applyOperation(root: Root, operation: PatchOperation, budget: { bytes: number }): void {
  const keys = parsePointer(text(operation.path, 'path'))
  switch (operation.op) {
    case 'add':
      add(root, keys, member(operation))
      break
    case 'remove':
      remove(root, keys)
      break
    case 'replace':
      replace(root, keys, member(operation))
      break
    case 'move':
      add(root, keys, remove(root, parsePointer(text(operation.from, 'from'))))
      break
    case 'copy':
      add(root, keys, copied(read(root, parsePointer(text(operation.from, 'from'))), budget))
      break
    case 'test':
      test(root, keys, operation.value ?? null)
      break
    default:
      throw new PatchError(`unexpected kind of operation: ${JSON.stringify(operation.op ?? null)}`)
  }
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new PatchError(`operation without a ${name}`)
  return value
}

function member(operation: PatchOperation): unknown {
  if (!('value' in operation)) throw new PatchError('operation without a value')
  return deepCopy(operation.value)
}

function copied(value: unknown, budget: { bytes: number }): unknown {
  budget.bytes -= JSON.stringify(value)?.length ?? 0
  if (budget.bytes < 0) throw new PatchError(`the accumulated size of copies exceeds ${MAX_COPIED_BYTES} bytes`)
  return deepCopy(value)
}

/** The container that the last key is looked up in. */
function containerOf(root: Root, keys: readonly string[]): unknown {
  return read(root, keys.slice(0, -1))
}

function read(root: Root, keys: readonly string[]): unknown {
  let value = root.document
  for (const key of keys) value = child(value, key)
  return value
}

function child(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return container[listIndex(key, container.length, container.length)]
  if (isJSONObject(container) && Object.hasOwn(container, key)) return ownProperty(container, key)
  throw new PatchError(`no member ${JSON.stringify(key)}`)
}

function add(root: Root, keys: readonly string[], value: unknown): void {
  const key = keys.at(-1)
  if (key === undefined) {
    root.document = value
    return
  }
  const container = containerOf(root, keys)
  if (Array.isArray(container)) {
    if (key === '-') container.push(value)
    else container.splice(listIndex(key, container.length + 1, container.length + 1), 0, value)
  } else if (isJSONObject(container)) setOwnProperty(container, key, value)
  else throw new PatchError(`cannot add ${JSON.stringify(key)} to what is neither an object nor a list`)
}

function remove(root: Root, keys: readonly string[]): unknown {
  const key = keys.at(-1)
  if (key === undefined) throw new PatchError('the whole document cannot be removed')
  const container = containerOf(root, keys)
  const value = child(container, key)
  if (Array.isArray(container)) container.splice(listIndex(key, container.length, container.length), 1)
  else delete (container as Record<string, unknown>)[key]
  return value
}

function replace(root: Root, keys: readonly string[], value: unknown): void {
  const key = keys.at(-1)
  const container = key === undefined ? undefined : containerOf(root, keys)
  if (key !== undefined && Array.isArray(container))
    container[listIndex(key, container.length, container.length)] = value
  else add(root, keys, value)
}

function test(root: Root, keys: readonly string[], expected: unknown): void {
  if (!deepEqual(read(root, keys), expected)) throw new PatchError(`testing value /${keys.join('/')} failed`)
}
