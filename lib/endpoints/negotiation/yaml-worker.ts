import { parentPort } from 'node:worker_threads'
import { encodeJSON, type MemberLimits } from '../../runtime/json/index.js'
import { decodeYAML } from '../../runtime/yaml/index.js'

/** What the thread is given: a YAML text. */
export interface YAMLRequest {
  readonly body: Uint8Array
  readonly limits: MemberLimits
}

/** What it gives back: the same as JSON, which the other side decodes in a fraction of the time; or why not. */
export type YAMLReply =
  | { readonly json: Uint8Array; readonly duplicates: readonly string[] }
  | { readonly error: { readonly name: string; readonly message: string } }

/** The main module of the thread that reads YAML; does nothing elsewhere. */
parentPort?.on('message', ({ body, limits }: YAMLRequest) => {
  const reply = read(body, limits)
  parentPort?.postMessage(reply, 'json' in reply ? [reply.json.buffer as ArrayBuffer] : [])
})

function read(body: Uint8Array, limits: MemberLimits): YAMLReply {
  try {
    const { value, duplicates } = decodeYAML(Buffer.from(body.buffer, body.byteOffset, body.byteLength), limits)
    // A copy of its own: a Buffer may lie in memory that it shares, which cannot be handed over.
    return { json: new Uint8Array(encodeJSON(value)), duplicates }
  } catch (err) {
    const { name, message } = err instanceof Error ? err : new Error(String(err))
    return { error: { name, message } }
  }
}
