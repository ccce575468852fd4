// Single calls to a server under test, and the objects that the benchmark finds there.
import { flunder, USER_AGENT } from './load/requests.mjs'

export const flundersOf = (namespace) => `/apis/wardle.example.com/v1alpha1/namespaces/${namespace}/flunders`

/** Read, and never written while they are measured. */
export const READ = flundersOf('bench')
/** Replaced and patched, each by one connection: `o0`, `o1`, … */
export const WRITTEN = flundersOf('bench-written')
export const CREATED = flundersOf('bench-created')

/** Objects of a list. */
export const LISTED = 500
const SEED_AT_ONCE = 50

/** @returns {Promise<{ status: number, contentType: string, body: Buffer }>} */
export async function call(port, method, path, body, contentType = 'application/json') {
  const headers = { 'User-Agent': USER_AGENT, ...(body === undefined ? {} : { 'Content-Type': contentType }) }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body })
  const bytes = Buffer.from(await answer.arrayBuffer())
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${bytes.toString().slice(0, 300)}`)
  return { status: answer.status, contentType: answer.headers.get('content-type') ?? '', body: bytes }
}

/** Creates `o0` to `o<count>` in a collection, with the options of {@link flunder}. */
export async function createObjects(port, path, count, options) {
  for (let from = 0; from < count; from += SEED_AT_ONCE) {
    const names = Array.from({ length: Math.min(SEED_AT_ONCE, count - from) }, (_, i) => `o${from + i}`)
    await Promise.all(names.map((name) => call(port, 'POST', path, flunder(name, options))))
  }
}

export const seed = (port) => createObjects(port, READ, LISTED)
