import { etcd, type KubeObject, type RevisionedKV } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backgroundContext } from '../../lib/meta/context.js'
import { type EtcdCluster, startEtcd } from '../support/etcd.js'
import { openWatch, send } from '../support/server.js'
import { FLUNDERS, GADGETS, type Served, serveApi } from './watch/served.js'

const ctx = backgroundContext()
const MERGE = { 'content-type': 'application/merge-patch+json' }

const kinds = [
  { kind: 'Flunder', apiVersion: 'wardle.example.com/v1alpha1', resource: 'wardle.example.com/flunders', at: FLUNDERS },
  { kind: 'Gadget', apiVersion: 'watched.example.com/v1', resource: 'watched.example.com/gadgets', at: GADGETS },
] as const

/** What others may have written into a member, and is no JSON or nests too deeply. */
const unreadable = [
  ...['{"a":nope}', '{"a":NaN}', '{"a":1 "b":2}', '{a:1}', '{"a":01}', '{"a":1,}', '{"a":"\\q"}', '{"a":}', '{"a":[}'],
  ...['{"a":"\x01"}', '{}},{"kind":"Gadget","metadata":{"name":"more"}', `${'['.repeat(12_000)}${']'.repeat(12_000)}`],
]

/** Metadata that says more than it should, and what is shown of it. */
const unruly = [
  ['"name":"NAME","namespace":"NS","resourceVersion":"999999999"', 'one resourceVersion'],
  ['"name":"NAME","namespace":"NS","resourceVersion":999', 'one resourceVersion'],
  ['"resourceVersion":"1","name":"NAME","namespace":"NS","resourceVersion":"999999999"', 'one resourceVersion'],
  ['"name":"NAME","namespace":"NS","resource\\u0056ersion":"999999999"', 'one resourceVersion'],
  ['"name":"x","name":"NAME","namespace":"NS"', 'one name'],
  ['"name":"x"},"metadata":{"name":"NAME","namespace":"NS"', 'one metadata'],
] as const

describe.each(['lmdb', 'etcd'])('in %s', (store) => {
  let served: Served
  let kv: RevisionedKV
  let cluster: EtcdCluster | undefined
  let namespaces = 0
  beforeAll(async () => {
    cluster = store === 'etcd' ? await startEtcd() : undefined
    const storage = cluster && etcd({ hosts: cluster.endpoints, compactionIntervalMs: 0 })
    served = await serveApi(undefined, storage && { storage })
    kv = storage ?? served.storage
  })
  afterAll(async () => {
    await served.close()
    await cluster?.dispose()
  })

  describe.each(kinds)('a stored $kind', ({ kind, apiVersion, resource, at }) => {
    const layouts = [
      ['as this server begins', `{"kind":"${kind}","apiVersion":"${apiVersion}",`],
      ['with sorted keys', `{"apiVersion":"${apiVersion}","kind":"${kind}",`],
    ] as const

    function fresh() {
      const namespace = `${kind.toLowerCase()}-${++namespaces}`
      const path = at.replace('/default/', `/${namespace}/`)
      const keyOf = (name: string) => `/registry/${resource}/${namespace}/${name}`
      return {
        path,
        keyOf,
        named: (text: string, name: string) => text.replaceAll('NAME', name).replaceAll('NS', namespace),
        async put(name: string, value: string | Buffer) {
          expect((await kv.create(ctx, keyOf(name), Buffer.from(value))).ok).toBe(true)
        },
      }
    }

    describe.each(layouts)('%s', (_, head) => {
      test.each(unreadable)('that holds no JSON is one error for all readers and writers: %.30s', async (spec) => {
        const { path, keyOf, named, put } = fresh()
        await served.create(path, { metadata: { name: 'good' } })
        const watch = await openWatch(`${served.url + path}?watch=true`)
        const selecting = await openWatch(`${served.url + path}?watch=true&labelSelector=!none`)
        await Promise.all([watch, selecting].map(({ until }) => until((events) => events.length === 1)))
        await put('bad', `${head}"metadata":{${named('"name":"NAME","namespace":"NS"', 'bad')}},"spec":${spec}}`)
        const message = expect.stringContaining(`the value stored at ${keyOf('bad')} cannot be read: `)

        const reads = ['/bad', '', '?limit=1', '?resourceVersion=0', '?labelSelector=!none', '?labelSelector=app%3Dx']
        for (const read of [...reads, '?fieldSelector=metadata.name%3Dbad']) {
          const answer = await send(served.url + path + read)
          expect(answer.json(), read).toMatchObject({ kind: 'Status', code: 500, message })
        }
        const patch = { method: 'PATCH', headers: MERGE, body: '{"spec":{"reference":"x"}}' }
        for (const write of [patch, { method: 'DELETE' }]) {
          const answer = await send(`${served.url + path}/bad`, write)
          expect(answer.json(), write.method).toMatchObject({ kind: 'Status', code: 500, message })
        }
        for (const one of [watch, selecting, await openWatch(`${served.url + path}?watch=true`)]) {
          const events = await one.until((seen) => seen.some(({ type }) => type === 'ERROR'))
          expect(events.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 500, message } })
          await one.ended
        }
        expect((await send(`${served.url + path}/good`)).status).toBe(200)
      })

      test.each(unruly)('with metadata of %s shows %s, everywhere the same', async (metadata) => {
        const { path, named, put } = fresh()
        const watch = await openWatch(`${served.url + path}?watch=true`)
        await put('odd', `${head}"metadata":{${named(metadata, 'odd')}},"spec":{}}`)
        await put('other', `${head}"metadata":{${named(metadata, 'other')}},"spec":{}}`)
        const answer = await send(`${served.url + path}/odd`)
        const got = answer.json<KubeObject>()
        expect(got.metadata).toMatchObject({ name: 'odd', resourceVersion: expect.stringMatching(/^\d+$/) })
        expect(got.metadata.resourceVersion).not.toContain('999')
        for (const key of ['resourceVersion', 'metadata', 'name']) {
          // The last one is what most parsers take; the first one is what others do.
          expect(answer.text.split(`"${key}"`), key).toHaveLength(2)
        }
        for (const list of ['', '?limit=1', '?labelSelector=!none']) {
          const { items } = (await send(served.url + path + list)).json<{ items: KubeObject[] }>()
          expect(items[0]?.metadata, list).toEqual(got.metadata)
        }
        const [added] = await watch.until((events) => events.length === 2)
        expect(added).toEqual({ type: 'ADDED', object: got })

        const patch = { method: 'PATCH', headers: MERGE, body: '{"metadata":{"labels":{"a":"b"}}}' }
        const patched = await send(`${served.url + path}/odd`, patch)
        expect(patched.json()).toMatchObject({ metadata: { name: 'odd', labels: { a: 'b' } } })
        expect((await send(`${served.url + path}/odd`, { method: 'DELETE' })).status).toBe(200)
        const events = await watch.until((seen) => seen.length === 4)
        expect(events.slice(2).map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
          'MODIFIED odd',
          'DELETED odd',
        ])
        watch.cancel()
      })
    })
  })
})
