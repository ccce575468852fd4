import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiserver, defineResource, etcd, lmdb, runServer } from 'express-apiserver'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-options-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const definition = { group: 'x.example.com', version: 'v1', kind: 'Foo', plural: 'foos', scope: 'Namespaced' } as const
const foos = defineResource(definition)
const storage = lmdb(folder)

/** As programs without types call. */
const untyped = (options: unknown) => options as never

describe('options of a server that cannot be meant are refused, and the message says what is wanted:', () => {
  test.each([
    [undefined, 'apiserver takes an object of options, not undefined'],
    [{ storage }, 'apiserver needs resources, a list of what defineResource made'],
    [{ resources: foos, storage }, 'resources of apiserver must be a list, not an object'],
    [{ resources: [foos, definition], storage }, 'resources[1] of apiserver is not what defineResource made'],
    [{ resources: [foos] }, "apiserver needs a storage for its resources: lmdb('./data') or etcd({ hosts: [...] })"],
    [{ resources: [foos], storage: './data' }, 'storage of apiserver must be an object, not "./data"'],
    [{ resources: [foos], storage, authorize: false }, 'authorize of apiserver must be a function, not false'],
    [{ resources: [foos], storage, authorization: 'rbac' }, 'authorization of apiserver must be an object, not "rbac"'],
    [
      { resources: [foos], storage, authorization: { Rbac: true } },
      'authorization has no option Rbac: did you mean rbac?',
    ],
    [
      { resources: [foos], storage, authentication: { tokenfile: './tokens', anonymous: true } },
      'authentication has no option tokenfile: did you mean tokenFile?',
    ],
    [
      { resources: [foos], storage, requestTimeoutMs: '60' },
      'requestTimeoutMs of apiserver must be a number, not "60"',
    ],
    [
      { resources: [foos], storage, admission: [{ name: 'Quota', handles: ['create'], validate() {} }] },
      'admission plugin Quota must say what it handles, a list of CREATE, UPDATE, DELETE, CONNECT',
    ],
  ])('%#', (options, message) => {
    expect(() => apiserver(untyped(options))).toThrow(message)
  })
})

describe('definitions that cannot be meant are refused:', () => {
  test.each([
    [undefined, 'defineResource takes an object of options, not undefined'],
    [{ ...definition, scope: 'namespaced' }, `must be 'Namespaced' or 'Cluster', not "namespaced"`],
    [{ ...definition, group: undefined }, 'the definition of Foo needs a group'],
    [{ ...definition, shortNames: 'f' }, 'shortNames of the definition of Foo must be a list, not "f"'],
    [{ ...definition, validate: 'x' }, 'validate of the definition of Foo must be a function, not "x"'],
    [
      { ...definition, printerColumns: [{ name: 'A', type: 'string', jsonPath: '.a' }] },
      'column A of Foo has no option jsonPath',
    ],
    [{ ...definition, printerColumns: [{ name: 'A', type: 'string' }] }, 'column A of Foo needs a value'],
    [{ ...definition, selectableFields: { 'spec.a': 'spec.a' } }, 'spec.a in selectableFields'],
  ])('%#', (options, message) => {
    expect(() => defineResource(untyped(options))).toThrow(message)
  })
})

test('a store without a place is refused', () => {
  expect(() => lmdb(untyped(''))).toThrow("lmdb needs the path of a folder, such as './data'")
  expect(() => lmdb(folder, untyped({ mapsize: 1 }))).toThrow('lmdb has no option mapsize: did you mean mapSize?')
  expect(() => etcd(untyped({}))).toThrow("etcd needs hosts, such as ['http://127.0.0.1:2379']")
  expect(() => etcd(untyped({ host: [] }))).toThrow('etcd has no option host: did you mean hosts?')
})

test('a client of something else than a resource is refused', async () => {
  const api = apiserver({ resources: [foos], storage: lmdb(join(folder, 'client')) })
  expect(() => api.client(untyped(undefined))).toThrow('a resource is what defineResource made, or `plural.group`')
  expect(() => api.client(foos, untyped({ fieldmanager: 'me' }))).toThrow('did you mean fieldManager?')
  expect(() => api.upgradeListener(untyped({ origin: [] }))).toThrow('did you mean origins?')
  await api.close()
})

test('what a client shall write is an object with metadata, and options of what it asks for are known', async () => {
  const api = apiserver({ resources: [foos], storage: lmdb(join(folder, 'writes')) })
  await api.ready()
  const client = api.client(foos).namespace('default')
  await expect(client.create(untyped({}))).rejects.toThrow('the object to be written needs metadata')
  await expect(client.update(untyped(undefined))).rejects.toThrow('the object to be written needs metadata')
  await client.create({ metadata: { name: 'a' } })
  await expect(client.list(untyped({ labelselector: 'app=b' }))).rejects.toThrow('did you mean labelSelector?')
  await expect(client.delete('a', untyped({ dryrun: true }))).rejects.toThrow('did you mean dryRun?')
  await expect(client.create({ metadata: { name: 'b' } }, untyped({ dryRun: 'All' }))).rejects.toThrow(
    'dryRun of a write of a client must be a boolean, not "All"',
  )
  expect((await client.list()).items.map(({ metadata }) => metadata.name)).toEqual(['a'])
  await expect(
    client.guaranteedUpdate(
      'a',
      untyped(() => {}),
    ),
  ).rejects.toThrow('the function that changes a must return the changed object')
  await api.close()
})

test('a store at a path that is no folder says what it needs', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const api = apiserver({ resources: [foos], storage: lmdb(file) })
  await expect(api.ready()).rejects.toThrow(
    `the store ${file} must be a folder that this process can make and write in`,
  )
  await api.close()
})

test('a port in use is named together with what to do', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const listener = () => {}
  await expect(runServer({ listener, port, host: '127.0.0.1', signals: false })).rejects.toThrow(
    `give another port than ${port} (0 = any free one)`,
  )
  taken.close()
})
