// Serves widgets from a folder until a signal, by the built package; says where. Options come as JSON.
import { writeSync } from 'node:fs'
import { apiserver, defineResource, lmdb, runServer } from 'express-apiserver'

const [folder = '', json = '{}'] = process.argv.slice(2)
const widgets = defineResource({
  group: 'example.com',
  version: 'v2',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
})
const api = apiserver({ resources: [widgets], storage: lmdb(folder), health: true, metrics: true })
const { url } = await runServer({ api, port: 0, host: '127.0.0.1', ...JSON.parse(json) })
writeSync(1, `on ${url}\n`)
