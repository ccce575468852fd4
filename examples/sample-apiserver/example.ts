import express from 'express'
import type { Example } from '../serve.js'
import { createSampleApiserver } from './apiserver.js'

export const sampleApiserver: Example = {
  keepsObjects: true,
  mounts: ['front', 'use'],
  create({ mount, ...options }) {
    const api = createSampleApiserver(options)
    const app = express()
    return mount === 'front' ? { api, app } : { api, listener: app.use(api), websockets: true }
  },
  commands: (url) => [
    `kubectl --server ${url} apply -f examples/sample-apiserver/flunder.yaml`,
    `kubectl --server ${url} get flunders`,
    `kubectl --server ${url} explain flunders.spec`,
  ],
}
