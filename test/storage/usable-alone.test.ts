import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  backgroundContext,
  compileSchema,
  everyField,
  everyLabel,
  kindVersion,
  lmdb,
  Scheme,
  SelectionPredicate,
  StorageCodec,
  Store,
} from 'express-apiserver/storage'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'storage-alone-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('objects are kept, listed and watched without a server', async () => {
  const ctx = backgroundContext()
  const kv = lmdb(folder)
  await kv.open(ctx)
  const flunder = kindVersion({
    gvk: { group: 'wardle.example.com', version: 'v1', kind: 'Flunder' },
    schema: compileSchema({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
  })
  const store = new Store({ kv, codec: new StorageCodec(new Scheme().addKnownKind(flunder), flunder) })
  const key = '/wardle.example.com/flunders/default/a'

  const created = await store.create(ctx, key, { metadata: { name: 'a', namespace: 'default' }, spec: { size: 1 } })
  const changed = await store.guaranteedUpdate(ctx, key, {
    tryUpdate: (existing) => ({ object: { ...existing!.object, spec: { size: 2 } } }),
  })

  const predicate = new SelectionPredicate(everyLabel, everyField, () => ({}))
  const list = await store.getList(ctx, '/wardle.example.com/flunders', { predicate, recursive: true })
  expect(list.items.map((item) => item.object.spec)).toEqual([{ size: 2 }])

  const watch = await store.watch(ctx, '/wardle.example.com/flunders', {
    predicate,
    recursive: true,
    resourceVersion: created.resourceVersion,
  })
  for await (const event of watch) {
    expect(event).toMatchObject({ type: 'MODIFIED', object: { revision: changed.revision } })
    break
  }
  await kv.close()
})
