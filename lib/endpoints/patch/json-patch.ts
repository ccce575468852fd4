import {
  DepthError,
  deepCopy,
  deepEqual,
  isJSONObject,
  MAX_DEPTH,
  nestsDeeperThan,
  ownProperty,
  setOwnProperty,
  stringifyJSON,
} from '../../runtime/json/index.js'
import { type PatchOperation, textOf } from './json-patch-operation.js'
import { listIndex, parsePointer } from './json-pointer.js'
import { PatchError, PatchLimitError, shown } from './patch-error.js'

/** All that `copy` operations of one patch may add, in characters: copies of copies grow without bound. Kubernetes' own. */
const MAX_COPIED = 3 * 1024 * 1024

/** Items that insertions and removals of one patch may shift: thousands of them at the head of a long list add up. */
const MAX_SHIFTED = 50_000_000

const WHOLE = 'the whole document can only be tested or replaced'

/** The document, under a name so that it can be replaced as a whole, and what the patch may still spend. */
interface Workspace {
  document: unknown
  copied: number
  shifted: number
}

/**
 * Applies a JSON patch; changes `document` and gives back the result, which may be another value when the whole is
 * replaced. Differs from RFC 6902 as Kubernetes does: `replace` and `copy` of a missing member add it, a missing
 * value is null, negative indices count from the end, a missing member passes a `test` for null, and the whole document can
 * only be tested or replaced.
 *
 * @throws PatchError when an operation cannot be applied, PatchLimitError when the patch costs too much; the document is
 * then half changed and to be thrown away
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
export function applyJSONPatch(document: unknown, operations: readonly PatchOperation[]): unknown {
  const workspace: Workspace = { document, copied: 0, shifted: 0 }
  try {
    for (const operation of operations) applyOperation(workspace, operation)
  } catch (err) {
    throw err instanceof DepthError ? new PatchLimitError(err.message) : err
  }
  // Each operation may put what it brings below what the ones before it brought.
  if (nestsDeeperThan(workspace.document, MAX_DEPTH)) throw new PatchLimitError(new DepthError(MAX_DEPTH).message)
  return workspace.document
}

function applyOperation(workspace: Workspace, operation: PatchOperation): void {
  const path = () => parsePointer(textOf(operation, 'path'))
  const from = () => parsePointer(textOf(operation, 'from'))
  switch (operation.op) {
    case 'add':
      add(workspace, path(), newValue(operation))
      break
    case 'remove':
      remove(workspace, path())
      break
    case 'replace':
      replace(workspace, path(), newValue(operation))
      break
    case 'move':
      move(workspace, from(), path())
      break
    case 'copy':
      add(workspace, path(), copyOf(workspace, from()))
      break
    case 'test':
      test(workspace, path(), operation)
      break
    default:
      throw new PatchError(`unexpected kind of operation: ${shown(operation.op ?? '')}`)
  }
}

/** A copy, because what is added may be changed by a later operation, and the patch may be applied again. */
const newValue = (operation: PatchOperation): unknown => deepCopy(operation.value ?? null)

function copyOf(workspace: Workspace, from: readonly string[]): unknown {
  const copy = deepCopy(optional(workspace, from))
  workspace.copied += stringifyJSON(copy).length
  if (workspace.copied > MAX_COPIED) throw new PatchError(`the copies of one patch exceed ${MAX_COPIED} characters`)
  return copy
}

function read(workspace: Workspace, keys: readonly string[]): unknown {
  let value = workspace.document
  for (const key of keys) value = child(value, key)
  return value
}

function child(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return container[listIndex(key, container.length)]
  if (isJSONObject(container) && Object.hasOwn(container, key)) return container[key]
  throw new PatchError(`no member ${shown(key)}`)
}

/** The container that the last key is looked up in. */
const containerOf = (workspace: Workspace, keys: readonly string[]): unknown => read(workspace, keys.slice(0, -1))

/** What stands at a path; null for a member that its object does not have. */
function optional(workspace: Workspace, keys: readonly string[]): unknown {
  const key = keys.at(-1)
  if (key === undefined) throw new PatchError(WHOLE)
  const container = containerOf(workspace, keys)
  return isJSONObject(container) ? (ownProperty(container, key) ?? null) : child(container, key)
}

function add(workspace: Workspace, keys: readonly string[], value: unknown): void {
  const key = keys.at(-1)
  if (key === undefined) throw new PatchError(WHOLE)
  const container = containerOf(workspace, keys)
  if (Array.isArray(container)) {
    const index = key === '-' ? container.length : listIndex(key, container.length + 1)
    shift(workspace, container.length - index)
    container.splice(index, 0, value)
  } else if (isJSONObject(container)) setOwnProperty(container, key, value)
  else throw new PatchError(`cannot add ${shown(key)} to what is neither an object nor a list`)
}

function remove(workspace: Workspace, keys: readonly string[]): unknown {
  const key = keys.at(-1)
  if (key === undefined) throw new PatchError(WHOLE)
  const container = containerOf(workspace, keys)
  const value = child(container, key)
  if (Array.isArray(container)) {
    const index = listIndex(key, container.length)
    shift(workspace, container.length - index)
    container.splice(index, 1)
  } else delete (container as Record<string, unknown>)[key]
  return value
}

function shift(workspace: Workspace, items: number): void {
  workspace.shifted += items
  if (workspace.shifted > MAX_SHIFTED) throw new PatchLimitError(`the patch shifts more than ${MAX_SHIFTED} list items`)
}

function replace(workspace: Workspace, keys: readonly string[], value: unknown): void {
  const key = keys.at(-1)
  if (key === undefined) {
    // What cannot be a document is passed over.
    if (typeof value === 'object' && value !== null) workspace.document = value
    return
  }
  const container = containerOf(workspace, keys)
  if (Array.isArray(container)) container[listIndex(key, container.length)] = value
  else add(workspace, keys, value)
}

function move(workspace: Workspace, from: readonly string[], to: readonly string[]): void {
  if (to.length > from.length && from.every((key, index) => key === to[index]))
    throw new PatchError('a value cannot be moved into itself')
  add(workspace, to, remove(workspace, from))
}

function test(workspace: Workspace, keys: readonly string[], operation: PatchOperation): void {
  const actual = keys.length === 0 ? workspace.document : optional(workspace, keys)
  if (!deepEqual(actual, operation.value ?? null))
    throw new PatchError(`testing value ${shown(operation.path ?? '')} failed`)
}
