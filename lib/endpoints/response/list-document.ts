import { decodeJSON, encodeJSON, prettyJSON } from '../../runtime/json/index.js'
import { yieldsToOthers } from '../../runtime/turns.js'
import { encodeYAML } from '../../runtime/yaml/index.js'
import { type Serializer, yamlSerializer } from '../negotiation/serializers.js'

/** A document that is mostly one long array: a list, a Table. Its elements are made one by one, when they are needed. */
export interface ListDocument {
  /** Everything but the array, which stands last. */
  readonly head: Readonly<Record<string, unknown>>
  readonly array: 'items' | 'rows'
  readonly length: number
  /** What stands for an empty array. Default `[]`. */
  readonly empty?: '[]' | 'null'
  /** JSON of one element, in pieces to be sent in a row. */
  element(index: number): readonly Buffer[]
}

const COMMA = Buffer.from(',')
const NEWLINE = 0x0a

/** Encodes a document in pieces; between elements other work gets its turn. */
export function listDocumentPieces(document: ListDocument, serializer: Serializer, pretty: boolean): Promise<Buffer[]> {
  if (serializer === yamlSerializer) return yamlPieces(document)
  return pretty ? prettyPieces(document) : compactPieces(document)
}

async function compactPieces(document: ListDocument): Promise<Buffer[]> {
  const { head, array, length, empty = '[]' } = document
  const start = `${encodeJSON(head).toString().slice(0, -1)},"${array}":`
  if (length === 0) return [Buffer.from(`${start}${empty}}\n`)]
  const pause = yieldsToOthers()
  const pieces: Buffer[] = [Buffer.from(`${start}[`)]
  for (let i = 0; i < length; i++) {
    if (i > 0) pieces.push(COMMA)
    pieces.push(...document.element(i))
    await pause()
  }
  pieces.push(Buffer.from(']}\n'))
  return pieces
}

async function prettyPieces(document: ListDocument): Promise<Buffer[]> {
  const { head, array, length, empty = '[]' } = document
  const start = `${prettyJSON(encodeJSON(head)).toString().slice(0, -'\n}'.length)},\n  "${array}": `
  if (length === 0) return [Buffer.from(`${start}${empty}\n}`)]
  const pause = yieldsToOthers()
  const pieces: Buffer[] = [Buffer.from(`${start}[\n    `)]
  const between = Buffer.from(',\n    ')
  for (let i = 0; i < length; i++) {
    if (i > 0) pieces.push(between)
    pieces.push(indented(prettyJSON(Buffer.concat(document.element(i))), 4))
    await pause()
  }
  pieces.push(Buffer.from('\n  ]\n}'))
  return pieces
}

/** Keys are in alphabetical order, as Kubernetes writes YAML: some stand behind the array. */
async function yamlPieces(document: ListDocument): Promise<Buffer[]> {
  const { head, array, length, empty = '[]' } = document
  const entries = Object.entries(head)
  const before = Object.fromEntries(entries.filter(([key]) => key < array))
  const behind = Object.fromEntries(entries.filter(([key]) => key > array))
  const pause = yieldsToOthers()
  const pieces: Buffer[] = [Buffer.from(`${encodeYAML(before)}${array}:${length === 0 ? ` ${empty}` : ''}\n`)]
  for (let i = 0; i < length; i++) {
    const text = encodeYAML(decodeJSON(Buffer.concat(document.element(i))).value)
    pieces.push(Buffer.from('- '), indented(Buffer.from(text.slice(0, -1)), 2), Buffer.from('\n'))
    await pause()
  }
  if (Object.keys(behind).length > 0) pieces.push(Buffer.from(encodeYAML(behind)))
  return pieces
}

/** Moves all lines but the first and empty ones to the right. */
function indented(text: Buffer, spaces: number): Buffer {
  if (!text.includes(NEWLINE)) return text
  return Buffer.from(text.toString().replace(/\n(?=[^\n])/g, `\n${' '.repeat(spaces)}`))
}
