import { DepthError, MAX_DEPTH } from '../json/index.js'
import { naturalOrder } from './natural-order.js'
import { blockHeader, canBeBlock, inlineString, numberText } from './scalar-style.js'
import { YAMLError } from './yaml-error.js'

/** Longer keys need the explicit form, `? key`. */
const MAX_SIMPLE_KEY = 128

/** A list may wrap what was decoded. */
const ENCODE_DEPTH = 2 * MAX_DEPTH

/** Indentation multiplies what is nested deeply. */
const MAX_OUTPUT = 256 * 1024 * 1024

/**
 * Encodes a JSON value as YAML, laid out as Kubernetes does: keys sorted, two blanks of indentation, list items under
 * their key without any, strings quoted only where they would be read as something else, texts of several lines
 * under `|`. Lines are never folded.
 *
 * @throws {@link DepthError} beyond 2,000 levels, {@link YAMLError} for what is no JSON value or grows beyond 256 MiB.
 * @example
 * ```ts
 * encodeYAML({ kind: 'List', items: [{ a: '1' }] }) // 'items:\n- a: "1"\nkind: List\n'
 * ```
 */
export function encodeYAML(value: unknown): string {
  const encoder = new Encoder()
  encoder.node(value, 0, 'start')
  return encoder.parts.join('')
}

class Encoder {
  readonly parts: string[] = []
  #length = 0
  #depth = 0

  /**
   * Writes a value and its line feed.
   *
   * @param indent blanks before the lines that belong to what the value stands in
   * @param behind what was written before it on the same line
   */
  node(value: unknown, indent: number, behind: 'start' | 'dash' | 'key'): void {
    const lead = behind === 'key' ? ' ' : ''
    if (typeof value !== 'object' || value === null) {
      this.#write(lead + scalar(value, behind === 'key' ? indent + 2 : indent), '\n')
    } else if (isEmpty(value)) {
      this.#write(lead, Array.isArray(value) ? '[]\n' : '{}\n')
    } else {
      if (++this.#depth > ENCODE_DEPTH) throw new DepthError(ENCODE_DEPTH)
      if (behind === 'key') this.#write('\n')
      if (Array.isArray(value)) this.#list(value, indent, behind === 'key')
      else this.#map(value as Record<string, unknown>, behind === 'key' ? indent + 2 : indent, behind === 'key')
      this.#depth--
    }
  }

  #write(...texts: readonly string[]): void {
    for (const text of texts) {
      this.#length += text.length
      this.parts.push(text)
    }
    if (this.#length > MAX_OUTPUT) throw new YAMLError(`output is larger than ${MAX_OUTPUT} characters`, 0)
  }

  /** @param indentFirst whether the first item begins a line */
  #list(list: readonly unknown[], indent: number, indentFirst: boolean): void {
    for (const [index, item] of list.entries()) {
      if (index > 0 || indentFirst) this.#write(' '.repeat(indent))
      this.#write('- ')
      this.node(item, indent + 2, 'dash')
    }
  }

  #map(object: Record<string, unknown>, indent: number, indentFirst: boolean): void {
    for (const [index, key] of presentKeys(object).sort(naturalOrder).entries()) {
      if (index > 0 || indentFirst) this.#write(' '.repeat(indent))
      const text = inlineString(key)
      this.#write(text.length > MAX_SIMPLE_KEY ? `? ${text}\n${' '.repeat(indent)}:` : `${text}:`)
      this.node(object[key], indent, 'key')
    }
  }
}

function presentKeys(object: Record<string, unknown>): string[] {
  return Object.keys(object).filter((key) => object[key] !== undefined)
}

function isEmpty(value: object): boolean {
  return Array.isArray(value) ? value.length === 0 : presentKeys(value as Record<string, unknown>).length === 0
}

function scalar(value: unknown, indent: number): string {
  switch (typeof value) {
    case 'string':
      return canBeBlock(value) ? block(value, Math.max(indent, 2)) : inlineString(value)
    case 'number':
      if (!Number.isFinite(value)) break
      return numberText(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return 'null'
  }
  throw new YAMLError(`a ${typeof value} is no JSON value`, 0)
}

function block(text: string, indent: number): string {
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  const pad = `\n${' '.repeat(indent)}`
  return blockHeader(text) + lines.map((line) => (line === '' ? '\n' : pad + line)).join('')
}
