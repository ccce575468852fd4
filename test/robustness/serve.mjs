// The server under test: one resource, on the store that the first argument says, as JSON. Says through the channel to
// its parent where it listens, and answers there what only the store below the server can tell.
import { createServer } from 'node:http'
import { apiserver, backgroundContext, defineResource, etcd, lmdb } from 'express-apiserver'

const { port, folder, hosts } = JSON.parse(process.argv[2])
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

const plain = ({ type, key, revision, kv }) => ({ type, key, rev: revision, value: kv?.value.toString('utf8') ?? '' })

process.on('message', ({ id, call, ...options }) => {
  calls[call](options).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  )
})
process.on('disconnect', () => process.exit(0))

const api = apiserver({ resources: [registers], storage, prefix: '/registry' })
const server = createServer(api.handler())
process.on('SIGTERM', () => {
  server.close()
  api.close().then(() => process.exit(0))
})
await api.ready()
server.listen(port, '127.0.0.1', () => process.send({ port: server.address().port }))
