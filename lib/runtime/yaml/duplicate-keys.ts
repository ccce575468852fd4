import type { ParsedNode } from 'yaml'
import { quote } from '../../meta/go/index.js'
import { MAX_PROBLEMS } from '../json/index.js'
import { MAX_YAML_DEPTH } from './decode.js'
import { yaml } from './library.js'
import { type ParsedYAML, parseDocument } from './parse-document.js'
import { resolveScalar } from './resolve-scalar.js'

/**
 * Keys that stand twice in one map of a YAML text, in the words of the library with which Kubernetes reads it, and in its
 * order. At most 100.
 *
 * @throws {@link YAMLError}, {@link DepthError} for a text that cannot be decoded
 * @example
 * ```ts
 * duplicateKeys('a: 1\na: 2') // ['line 2: key "a" already set in map']
 * ```
 */
export function duplicateKeys(text: string): string[] {
  const document = parseDocument(text, MAX_YAML_DEPTH)
  const found: string[] = []
  visit(document.root, document, found)
  return found.slice(0, MAX_PROBLEMS)
}

/** What lies inside is told first: a key is known to stand twice when its value has been read. */
function visit(node: ParsedNode | null, document: ParsedYAML, found: string[]): void {
  const { isAlias, isMap, isSeq } = yaml()
  if (node === null || isAlias(node) || found.length >= MAX_PROBLEMS) return
  if (isSeq(node)) for (const item of node.items) visit(item as ParsedNode, document, found)
  if (!isMap(node)) return
  const seen = new Set<string>()
  for (const { key, value } of node.items as { key: ParsedNode; value: ParsedNode | null }[]) {
    visit(value, document, found)
    const name = keyText(key)
    const { size } = seen
    if (seen.add(name).size === size)
      found.push(`line ${document.lineOf(value ?? key)}: key ${name} already set in map`)
  }
}

function keyText(key: ParsedNode): string {
  const text = String((key as { value?: unknown }).value ?? '')
  const isPlain = (key as { type?: string }).type === 'PLAIN'
  const value = isPlain ? resolveScalar(text) : text
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : quote(text)
}
