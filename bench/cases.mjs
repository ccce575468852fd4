// What is measured: how one answer is got, which the bare servers then give too, and what the load client shall do.
import { CREATED, call, createObjects, flundersOf, LISTED, READ, WRITTEN } from './api-client.mjs'
import { flunder } from './load/requests.mjs'

/** Names and resource versions grow by some digits while a load runs. */
const DIGITS = 64
/** Around an event's object: `{"type":"ADDED","object":` and `}` with a newline, which ends the object in an answer too. */
const EVENT_FRAME = 26
const QUIET_LIST = flundersOf('bench-list')
const BUSY_LIST = flundersOf('bench-list-written')
/** Makes a list of 500 about 840 kB long. */
const LIST_PAD = 1236
const READERS = 32
const WRITERS = 64
/** Writes go into the list's collection at this rate, from so many connections. */
const LIST_WRITES = 200
const LIST_WRITERS = 20

const exactly = ({ body }) => [body.length, body.length]
const about = ({ body }, objects = 1) => [body.length - DIGITS * objects, body.length + DIGITS * objects]
const lanes = (count, lane) => Array.from({ length: count }, (_, i) => lane(i))
const names = (count) => Array.from({ length: count }, (_, i) => `o${i}`)
const drive = (list) => ({ ask: 'drive', args: { lanes: list } })

const read = (title, path, readers = READERS) => ({
  group: 'reads',
  title: ({ conns = readers }) => `${title}, ${conns} connections`,
  sample: (port) => call(port, 'GET', path),
  job: ({ conns = readers }, sample) => drive(lanes(conns, () => ({ kind: 'read', path, length: exactly(sample) }))),
})

/** Each connection writes an object of its own. Compared with creates by the same server. */
const writeOne = (title, kind, sample = async () => undefined) => ({
  group: 'writes',
  of: 'create',
  title: ({ conns = WRITERS }) => `${title}, ${conns} connections`,
  sample,
  prepare: (port, { conns = WRITERS }) => createObjects(port, WRITTEN, conns).catch(ignoreExisting),
  job: ({ conns = WRITERS }, answer) =>
    drive(lanes(conns, (i) => ({ kind, path: WRITTEN, name: `o${i}`, ...(answer && { length: about(answer) }) }))),
})

function createList(path) {
  return (port) => createObjects(port, path, LISTED, { pad: LIST_PAD }).catch(ignoreExisting)
}

let samples = 0

/**
 * @typedef {object} Case
 * @property {string} group cases of a group are measured on the same servers, which begin with an empty store
 * @property {string} [of] the case of the same server that ratios are of; absent = the same case of a bare server or client
 * @property {(flags: object) => string} title
 * @property {(port: number) => Promise<object | undefined>} sample one answer
 * @property {(port: number, flags: object) => Promise<void>} [prepare]
 * @property {(flags: object, sample: object, bare: boolean) => { ask: string, args: object }} job for the load client
 */

/** @type {Record<string, Case>} */
export const caseOf = {
  get: read('GET', `${READ}/o7`),
  get256: read('GET', `${READ}/o7`, 256),
  get0: read('GET resourceVersion=0', `${READ}/o7?resourceVersion=0`),
  list: {
    ...read('LIST 500', QUIET_LIST),
    prepare: createList(QUIET_LIST),
  },
  listwrites: {
    group: 'reads',
    title: ({ conns = READERS }) =>
      `LIST 500 while ${LIST_WRITES} writes/s go into it (not into the bare server), ${conns} connections`,
    prepare: createList(BUSY_LIST),
    sample: (port) => call(port, 'GET', BUSY_LIST),
    job({ conns = READERS }, sample, bare) {
      const length = bare ? exactly(sample) : about(sample, LISTED)
      const readers = lanes(conns, () => ({ kind: 'read', path: BUSY_LIST, length }))
      return drive(bare ? readers : [...readers, ...pacedPatches(LIST_WRITES, LIST_WRITERS, BUSY_LIST, names(LISTED))])
    },
  },
  create: {
    group: 'writes',
    title: ({ conns = WRITERS }) => `create, ${conns} connections`,
    sample: (port) => call(port, 'POST', CREATED, flunder(`sample${samples++}`)),
    job: ({ conns = WRITERS }, sample) =>
      drive(lanes(conns, () => ({ kind: 'create', path: CREATED, names: 'c', length: about(sample) }))),
  },
  put: writeOne('PUT', 'put', async (port) => {
    const path = `${WRITTEN}/o0`
    const { resourceVersion } = JSON.parse((await call(port, 'GET', path)).body).metadata
    return call(port, 'PUT', path, flunder('o0', { resourceVersion, n: String(samples++) }))
  }),
  patch: writeOne('merge patch', 'patch', (port) =>
    call(
      port,
      'PATCH',
      `${WRITTEN}/o0`,
      `{"metadata":{"annotations":{"n":"${samples++}"}}}`,
      'application/merge-patch+json',
    ),
  ),
  update: writeOne('GET and PUT, as one', 'update'),
  fresh: writeOne('merge patch and a GET that must show it, as one', 'fresh'),
  watch: {
    group: 'watch',
    title: ({ watchers }) => `watch, deliveries to ${watchers} watchers`,
    async sample(port) {
      const path = flundersOf(`bench-watch${samples++}`)
      const answer = await call(port, 'POST', path, flunder('e'))
      const { resourceVersion } = JSON.parse((await call(port, 'GET', path)).body).metadata
      return { ...answer, eventBytes: answer.body.length + EVENT_FRAME, path, resourceVersion }
    },
    job: ({ watchers }, { path, resourceVersion }) => ({ ask: 'fanOut', args: { path, resourceVersion, watchers } }),
  },
}

/** At most `writers` lanes that patch `rate` times a second all together; each has a share of the names, by turns. */
export function pacedPatches(rate, writers, path, names) {
  const count = Math.min(writers, names.length)
  const everyMs = (1000 * count) / rate
  return lanes(count, (i) => ({
    kind: 'patchMany',
    path,
    names: names.filter((_, k) => k % count === i),
    everyMs,
    afterMs: (i * everyMs) / count,
    background: true,
  }))
}

function ignoreExisting(err) {
  if (!err.message.includes('AlreadyExists')) throw err
}
