// The sample API server: `api.mjs front|use lmdb FOLDER`, `api.mjs front|use etcd URL PREFIX`.
import { createServer } from 'node:http'
import express from 'express'
import { etcd, lmdb } from 'express-apiserver'
import { createSampleApiserver } from '../../.cache/examples/sample-apiserver/apiserver.js'
import { answering, usage } from '../answering.mjs'
import { loopDelay } from './loop-delay.mjs'

const [mount, store, where, prefix = '/registry'] = process.argv.slice(2)
const storage = store === 'lmdb' ? lmdb(where) : etcd({ hosts: [where] })
const api = createSampleApiserver({ storage, prefix })
const app = express()
if (mount === 'use') app.use(api)
const server = createServer(mount === 'front' ? api.handler(app) : app)

async function start() {
  await api.ready()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server.address().port
}

answering({ start, usage, loopDelay }, () => api.close())
