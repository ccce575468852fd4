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

/** Small pieces go out together. */
const CHUNK_BYTES = 64 * 1024

const COMMA = Buffer.from(',')
const NEWLINE = 0x0a

/** Encodes a document chunk by chunk, as they are asked for; other work gets its turn in between. */
export async function* listDocumentChunks(
  document: ListDocument,
  serializer: Serializer,
  pretty: boolean,
): AsyncGenerator<Buffer> {
  const pause = yieldsToOthers()
  let pieces: Buffer[] = []
  let size = 0
  for (const some of piecesOf(document, serializer, pretty)) {
    for (const piece of some) {
      pieces.push(piece)
      size += piece.length
    }
    if (size >= CHUNK_BYTES) {
      yield Buffer.concat(pieces, size)
      pieces = []
      size = 0
    }
    await pause()
  }
  if (size > 0) yield Buffer.concat(pieces, size)
}

function piecesOf(document: ListDocument, serializer: Serializer, pretty: boolean): Generator<readonly Buffer[]> {
  if (serializer === yamlSerializer) return yamlPieces(document)
  return pretty ? prettyPieces(document) : compactPieces(document)
}

/** Everything in front of the array of a compact document. */
export const compactHead = ({ head, array }: Pick<ListDocument, 'head' | 'array'>): string =>
  `${encodeJSON(head).toString().slice(0, -1)},"${array}":`

function* compactPieces(document: ListDocument): Generator<readonly Buffer[]> {
  const { length, empty = '[]' } = document
  const start = compactHead(document)
  if (length === 0) return yield [Buffer.from(`${start}${empty}}\n`)]
  yield [Buffer.from(`${start}[`)]
  for (let i = 0; i < length; i++) {
    const pieces = document.element(i)
    yield i > 0 ? [COMMA, ...pieces] : pieces
  }
  yield [Buffer.from(']}\n')]
}

function* prettyPieces(document: ListDocument): Generator<readonly Buffer[]> {
  const { head, array, length, empty = '[]' } = document
  const start = `${prettyJSON(encodeJSON(head)).toString().slice(0, -'\n}'.length)},\n  "${array}": `
  if (length === 0) return yield [Buffer.from(`${start}${empty}\n}`)]
  yield [Buffer.from(`${start}[\n    `)]
  const between = Buffer.from(',\n    ')
  for (let i = 0; i < length; i++) {
    const element = indented(prettyJSON(Buffer.concat(document.element(i))), 4)
    yield i > 0 ? [between, element] : [element]
  }
  yield [Buffer.from('\n  ]\n}')]
}

/** Keys are in alphabetical order, as Kubernetes writes YAML: some stand behind the array. */
function* yamlPieces(document: ListDocument): Generator<readonly Buffer[]> {
  const { head, array, length, empty = '[]' } = document
  const entries = Object.entries(head)
  const before = Object.fromEntries(entries.filter(([key]) => key < array))
  const behind = Object.fromEntries(entries.filter(([key]) => key > array))
  yield [Buffer.from(`${encodeYAML(before)}${array}:${length === 0 ? ` ${empty}` : ''}\n`)]
  for (let i = 0; i < length; i++) {
    const text = encodeYAML(decodeJSON(Buffer.concat(document.element(i))).value)
    yield [Buffer.from('- '), indented(Buffer.from(text.slice(0, -1)), 2), Buffer.from('\n')]
  }
  if (Object.keys(behind).length > 0) yield [Buffer.from(encodeYAML(behind))]
}

/** Moves all lines but the first and empty ones to the right. */
function indented(text: Buffer, spaces: number): Buffer {
  if (!text.includes(NEWLINE)) return text
  return Buffer.from(text.toString().replace(/\n(?=[^\n])/g, `\n${' '.repeat(spaces)}`))
}
