// What is measured: how one answer is got, which the bare servers then give too, and what the load client shall do.
import { CREATED, call, createObjects, flundersOf, READ, WRITTEN } from './api-client.mjs'
import { flunder } from './load/requests.mjs'

/** Names and resource versions grow by some digits while a load runs. */
const DIGITS = 64
/** Around an event's object: `{"type":"ADDED","object":` and `}` with a newline, which ends the object in an answer too. */
const EVENT_FRAME = 26

const exactly = ({ body }) => [body.length, body.length]
const about = ({ body }) => [body.length - DIGITS, body.length + DIGITS]

const read = (title, path) => ({
  title: ({ conns }) => `${title}, ${conns} connections`,
  sample: (port) => call(port, 'GET', path),
  job: ({ conns }, sample) => loop(conns, () => ({ kind: 'read', path, length: exactly(sample) })),
})

const writeOne = (title, kind, sample) => ({
  title: ({ conns }) => `${title}, ${conns} connections`,
  sample,
  prepare: (port, { conns }) => createObjects(port, WRITTEN, conns).catch(ignoreExisting),
  job: ({ conns }, answer) => loop(conns, (i) => ({ kind, path: WRITTEN, name: `o${i}`, length: about(answer) })),
})

const loop = (conns, lane) => ({ ask: 'drive', args: { lanes: Array.from({ length: conns }, (_, i) => lane(i)) } })

let samples = 0

/** @type {Record<string, { title, sample, prepare?, job }>} */
export const caseOf = {
  get: read('GET', `${READ}/o7`),
  get0: read('GET resourceVersion=0', `${READ}/o7?resourceVersion=0`),
  list: read('LIST 500', READ),
  create: {
    title: ({ conns }) => `create, ${conns} connections`,
    sample: (port) => call(port, 'POST', CREATED, flunder(`sample${samples++}`)),
    job: ({ conns }, sample) =>
      loop(conns, () => ({ kind: 'create', path: CREATED, names: 'c', length: about(sample) })),
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
  watch: {
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

function ignoreExisting(err) {
  if (!err.message.includes('AlreadyExists')) throw err
}
