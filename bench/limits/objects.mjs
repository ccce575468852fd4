// Many objects, written straight into a store as the API server would have stored them.
import { randomUUID } from 'node:crypto'
import { backgroundContext, etcd, lmdb } from 'express-apiserver/storage'
import { call, flundersOf } from '../api-client.mjs'
import { Child } from '../child.mjs'
import { flunder } from '../load/requests.mjs'

/** Of an item in a list. */
const ITEM_BYTES = 1270
const NAMESPACES = 10
/** A label has so many values, so that a selector of one matches 1 %. */
export const SHARDS = 100
const WRITERS = 256
const TEMPLATE = { namespace: 'bench-n0', name: 'template' }

export const nameOf = (i) => `o${String(i).padStart(7, '0')}`
export const namespaceOf = (i) => `bench-n${Math.floor(i / SHARDS) % NAMESPACES}`
export const ALL = '/apis/wardle.example.com/v1alpha1/flunders'
export const shardOf = (shard) => `${ALL}?labelSelector=shard%3D${shard}`

/** @returns {Promise<number>} bytes of all objects as items of a list */
export async function writeObjects(store, place, count) {
  const item = await createTemplate(store, place)
  const kv = store === 'lmdb' ? lmdb(place[0]) : etcd({ hosts: [place[0]] })
  const context = backgroundContext()
  await kv.open(context)
  try {
    const prefix = store === 'lmdb' ? '/registry/' : `${place[1]}/`
    const { items } = await kv.range(context, prefix)
    const template = items.find(({ key }) => key.endsWith(`/${TEMPLATE.namespace}/${TEMPLATE.name}`))
    await kv.delete(context, template.key, template.modRevision)
    const pad = 'x'.repeat(Math.max(0, ITEM_BYTES - item))
    let next = 0
    const writer = async () => {
      while (next < count) {
        const { key, value } = objectLike(template, next++, pad)
        const written = await kv.create(context, key, value)
        if (!written.ok) throw new Error(`${key} is there already`)
      }
    }
    await Promise.all(Array.from({ length: WRITERS }, writer))
  } finally {
    await kv.close()
  }
  return count * Math.max(item, ITEM_BYTES)
}

/** Lets the server store one object, without padding. @returns {Promise<number>} its bytes in a list */
async function createTemplate(store, place) {
  const server = new Child('servers/api.mjs', ['front', store, ...place])
  try {
    const port = await server.ask('start')
    const path = flundersOf(TEMPLATE.namespace)
    const { metadata, ...rest } = JSON.parse(flunder(nameOf(0)))
    const labels = { shard: '00' }
    await call(
      port,
      'POST',
      path,
      JSON.stringify({ ...rest, metadata: { name: TEMPLATE.name, labels, annotations: { n: '', pad: '' } } }),
    )
    const { items } = JSON.parse((await call(port, 'GET', path)).body)
    return Buffer.byteLength(JSON.stringify(items[0]))
  } finally {
    await server.stop()
  }
}

function objectLike(template, i, pad) {
  const object = JSON.parse(template.value)
  const { metadata } = object
  Object.assign(metadata, { name: nameOf(i), namespace: namespaceOf(i), uid: randomUUID() })
  metadata.labels.shard = String(i % SHARDS)
  metadata.annotations.pad = pad
  const key = template.key.replace(`/${TEMPLATE.namespace}/${TEMPLATE.name}`, `/${namespaceOf(i)}/${nameOf(i)}`)
  return { key, value: Buffer.from(JSON.stringify(object)) }
}
