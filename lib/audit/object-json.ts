import { decodeJSON, stringifyJSON } from '../runtime/json/index.js'
import { decodeYAML } from '../runtime/yaml/index.js'
import { inert, quoted } from './json-text.js'

/** More of an answer is never told, whatever a backend would take: making one text of it would hold up everybody. */
const MAX_OBJECT_BYTES = 8 * 1024 * 1024

/** Reading more YAML than this would hold up the event loop. */
const MAX_YAML_BYTES = 8 * 1024

/** A body as JSON of one line, whatever a client sent: what is neither JSON nor a page of YAML becomes a string. */
export function bodyJSON(body: Buffer): string {
  try {
    return inert(stringifyJSON(decodedBody(body)))
  } catch {
    return quoted(body.toString('utf8'))
  }
}

function decodedBody(body: Buffer): unknown {
  try {
    return decodeJSON(body).value
  } catch (err) {
    if (body.length > MAX_YAML_BYTES) throw err
    return decodeYAML(body).value
  }
}

/** Pieces of JSON of one line as one text, without the newline at their end; undefined where they are too many. */
export function piecesJSON(pieces: readonly Buffer[]): string | undefined {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (total > MAX_OBJECT_BYTES) return undefined
  const text = pieces.length === 1 ? pieces[0]!.toString('utf8') : Buffer.concat(pieces, total).toString('utf8')
  return inert(text.endsWith('\n') ? text.slice(0, -1) : text)
}
