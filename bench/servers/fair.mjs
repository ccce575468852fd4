// The flunders of the sample API server, for clients with a flow each: `fair.mjs lmdb FOLDER`, `fair.mjs etcd URL PREFIX`.
import { createServer } from 'node:http'
import { apiserver, etcd, lmdb } from 'express-apiserver'
import { flunders } from '../../.cache/examples/sample-apiserver/flunder.js'
import { answering, usage } from '../answering.mjs'

const [store, where, prefix = '/registry'] = process.argv.slice(2)
const storage = store === 'lmdb' ? lmdb(where) : etcd({ hosts: [where] })
const users = ['flood', 'modest']
const api = apiserver({
  resources: [flunders],
  storage,
  prefix,
  // Whoever writes the objects needs no token.
  authentication: { tokens: users.map((user) => ({ token: user, user })), anonymous: true },
  flowControl: true,
})
const server = createServer(api.handler())

async function start() {
  await api.ready()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server.address().port
}

answering({ start, usage }, () => api.close())
