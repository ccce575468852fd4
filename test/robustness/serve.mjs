// The server under test: one resource, on the store that the first argument says, as JSON. Says through the channel to
// its parent where it listens, and answers there what only the store below the server can tell.
import { createServer } from 'node:http'
import { apiserver, backgroundContext, defineResource, etcd, lmdb } from 'express-apiserver'

const { port, folder, hosts, losesEvents } = JSON.parse(process.argv[2])
const PREFIX = '/registry/robustness.example.com/registers/'
const background = backgroundContext()

const registers = defineResource({
  group: 'robustness.example.com',
  version: 'v1',
  kind: 'Register',
  plural: 'registers',
  scope: 'Namespaced',
  allowUnconditionalUpdate: true,
  schema: { type: 'object', properties: { spec: { type: 'object', properties: { value: { type: 'string' } } } } },
})

const storage = folder ? lmdb(folder, { compactionIntervalMs: 0 }) : etcd({ hosts, compactionIntervalMs: 0 })

const calls = {
  /** Every change from a revision on, up to now. */
  async history({ from }) {
    const rev = await storage.currentRevision(background)
    const events = []
    if (from > rev) return { events, rev }
    const watch = storage.watch(background, '/', {
      startRevision: from,
      bufferLimit: 1_000_000,
      progressIntervalMs: 50,
    })
    for await (const batch of watch) {
      for (const event of batch.events) if (event.key.startsWith(PREFIX)) events.push(plain(event))
      if (batch.revision >= rev) break
    }
    watch.cancel()
    return { events, rev }
  },
  async compact({ revision }) {
    await storage.compact(background, revision)
    return {}
  },
}

/** The same store, of whose changes one now and then is told to nobody: what a checker must not overlook. */
const losing = (store) =>
  new Proxy(store, {
    get(target, name) {
      const member = target[name]
      if (typeof member !== 'function') return member
      return name === 'watch' ? (...args) => losingWatch(target.watch(...args)) : member.bind(target)
    },
  })

let told = 0
const losingWatch = (watch) => ({
  established: watch.established,
  requestProgress: () => watch.requestProgress(),
  cancel: () => watch.cancel(),
  async *[Symbol.asyncIterator]() {
    for await (const { events, revision } of watch) {
      const left = events.filter(() => ++told % 10 !== 0)
      yield { events: left, revision }
    }
  },
})

const plain = ({ type, key, revision, kv }) => ({ type, key, rev: revision, value: kv?.value.toString('utf8') ?? '' })

process.on('message', ({ id, call, ...options }) => {
  calls[call](options).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  )
})
process.on('disconnect', () => process.exit(0))

const api = apiserver({ resources: [registers], storage: losesEvents ? losing(storage) : storage, prefix: '/registry' })
const server = createServer(api.handler())
process.on('SIGTERM', () => {
  server.close()
  api.close().then(() => process.exit(0))
})
await api.ready()
server.listen(port, '127.0.0.1', () => process.send({ port: server.address().port }))
