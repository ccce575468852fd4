import { CustomObjectsApi, KubeConfig, type KubernetesObject, makeInformer } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, startExample } from '../support/cli.js'
import { type Store, type StoreKind, storeKinds } from './stores.js'

interface Flunder extends KubernetesObject {
  spec?: { reference?: string; referenceType?: string }
}

interface FlunderList {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: readonly Flunder[]
}

const resource = { group: 'wardle.example.com', version: 'v1alpha1', plural: 'flunders' }

const flunder = (name: string, reference: string): Flunder => ({
  apiVersion: 'wardle.example.com/v1alpha1',
  kind: 'Flunder',
  metadata: { name },
  spec: { reference },
})

function configFor(server: string): KubeConfig {
  const config = new KubeConfig()
  config.loadFromOptions({
    // The client refuses plain http unless it is told not to care for certificates.
    clusters: [{ name: 'c', server, skipTLSVerify: true }],
    users: [{ name: 'u' }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  })
  return config
}

for (const kind of storeKinds) describe.runIf(kind.there)(`on ${kind.name}`, () => onStore(kind))

function onStore(kind: StoreKind): void {
  let store: Store
  let server: ExampleProcess
  let config: KubeConfig
  let api: CustomObjectsApi

  beforeAll(async () => {
    ensureBuilt()
    store = await kind.start()
    server = await startExample(store.flags)
    config = configFor(server.url)
    api = config.makeApiClient(CustomObjectsApi)
  }, buildTimeoutMs)

  afterAll(async () => {
    await server?.stop()
    await store?.remove()
  })

  test('CustomObjectsApi creates, reads, lists, replaces, patches and deletes', async () => {
    const at = { ...resource, namespace: 'crud' }
    const made = (await api.createNamespacedCustomObject({ ...at, body: flunder('a', 'one') })) as Flunder
    expect(made.spec).toEqual({ reference: 'one', referenceType: 'Flunder' })
    expect(await api.getNamespacedCustomObject({ ...at, name: 'a' })).toEqual(made)

    const replaced = (await api.replaceNamespacedCustomObject({
      ...at,
      name: 'a',
      body: { ...made, spec: { ...made.spec, reference: 'two' } },
    })) as Flunder
    expect(replaced.metadata?.uid).toBe(made.metadata?.uid)
    await expect(api.replaceNamespacedCustomObject({ ...at, name: 'a', body: made })).rejects.toMatchObject({
      code: 409,
    })

    const patch = [{ op: 'replace', path: '/spec/reference', value: 'three' }]
    await api.patchNamespacedCustomObject({ ...at, name: 'a', body: patch })
    const { items } = (await api.listNamespacedCustomObject(at)) as FlunderList
    expect(items.map(({ spec }) => spec?.reference)).toEqual(['three'])

    await api.deleteNamespacedCustomObject({ ...at, name: 'a' })
    await expect(api.getNamespacedCustomObject({ ...at, name: 'a' })).rejects.toMatchObject({ code: 404 })
  })

  test('an informer survives a restart of the server without missing an object', async () => {
    const at = { ...resource, namespace: 'informed' }
    const create = (name: string) => api.createNamespacedCustomObject({ ...at, body: flunder(name, 'x') })
    const list = async () => (await api.listNamespacedCustomObject(at)) as FlunderList & { items: Flunder[] }
    const path = `/apis/${at.group}/${at.version}/namespaces/${at.namespace}/${at.plural}`
    const informer = makeInformer<Flunder>(config, path, list)
    const added: string[] = []
    const deleted: string[] = []
    const nameOf = (object: Flunder) => object.metadata?.name ?? ''
    informer.on('add', (object) => added.push(nameOf(object)))
    informer.on('delete', (object) => deleted.push(nameOf(object)))
    let stopped = false
    informer.on('error', () => setTimeout(() => stopped || informer.start(), 100))

    await create('before-1')
    await create('before-2')
    await informer.start()
    await create('before-3')
    await vi.waitFor(() => expect(added).toEqual(['before-1', 'before-2', 'before-3']), 20_000)

    const { port } = new URL(server.url)
    await server.stop('SIGKILL')
    server = await startExample([...store.flags, '--port', port])
    await create('after-1')
    await api.deleteNamespacedCustomObject({ ...at, name: 'before-1' })
    await create('after-2')

    await vi.waitFor(() => {
      expect(added).toEqual(['before-1', 'before-2', 'before-3', 'after-1', 'after-2'])
      expect(deleted).toEqual(['before-1'])
    }, 30_000)
    expect(informer.list().map(nameOf).sort()).toEqual((await list()).items.map(nameOf).sort())
    stopped = true
    await informer.stop()
  }, 90_000)
}
