import { PatchError, shown } from './patch-error.js'

const MAX_POINTER_LENGTH = 65_536

/**
 * Splits a JSON pointer (RFC 6901) into its unescaped keys. What stands before the first slash is passed over, as Kubernetes
 * does.
 *
 * @throws PatchError
 */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return []
  if (pointer.length > MAX_POINTER_LENGTH) throw new PatchError(`paths may have ${MAX_POINTER_LENGTH} characters`)
  const slash = pointer.indexOf('/')
  if (slash < 0) throw new PatchError(`path ${shown(pointer)} has no slash`)
  return pointer
    .slice(slash + 1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/**
 * The index that a key names in a list, as Go reads numbers; counted from the end when negative, as Kubernetes allows.
 *
 * @param size what negative indices are counted from; indices below it are allowed
 * @throws PatchError
 */
export function listIndex(key: string, size: number): number {
  const index = /^[-+]?[0-9]{1,15}$/.test(key) ? Number(key) : Number.NaN
  const position = index < 0 ? size + index : index
  if (!(position >= 0 && position < size)) throw new PatchError(`list index ${shown(key)} is out of bounds`)
  return position
}
