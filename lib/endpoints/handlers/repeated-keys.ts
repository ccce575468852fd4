import { quote } from '../../meta/go/index.js'
import { duplicateKeys } from '../../runtime/yaml/index.js'

/** Texts of more than a few pages are not read a second time for their lines. */
const MAX_BYTES_WITH_LINES = 8 * 1024

/**
 * Keys of a YAML text that stand twice, by their lines, as the library of Kubernetes tells them; by their paths in long
 * texts.
 *
 * @param paths of these keys
 */
export function repeatedKeys(body: Buffer, paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return paths
  const byPath = paths.map((path) => `duplicate field ${quote(path)}`)
  if (body.length > MAX_BYTES_WITH_LINES) return byPath
  try {
    return duplicateKeys(body.toString())
  } catch {
    // JSON may nest deeper than YAML is read.
    return byPath
  }
}
