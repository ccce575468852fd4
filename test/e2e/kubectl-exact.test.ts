import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, startExample } from '../support/cli.js'
import { type Kubectl, kubectl, kubectlBinaries } from '../support/kubectl.js'

const flunder = (name: string, fields: object = {}) =>
  JSON.stringify({ apiVersion: 'wardle.example.com/v1beta1', kind: 'Flunder', metadata: { name }, ...fields })

const references = (flunderReference: string) => ({ spec: { flunderReference, referenceType: 'Flunder' } })

let server: ExampleProcess
const scratch = mkdtempSync(join(tmpdir(), 'express-apiserver-exact-'))

beforeAll(async () => {
  ensureBuilt()
  server = await startExample([])
}, buildTimeoutMs)

afterAll(async () => {
  await server?.stop()
  rmSync(scratch, { recursive: true, force: true })
})

for (const binary of kubectlBinaries)
  describe.runIf(binary.there)(binary.name, () => {
    const namespace = binary.name.replaceAll(/\W/g, '-').toLowerCase()
    const old = binary.name.includes('1.20')
    let k: Kubectl
    const inNamespace = (...args: string[]) => [...args, '--namespace', namespace]
    const serverSide = (manager: string) => inNamespace('apply', '--server-side', '--field-manager', manager, '-f', '-')

    beforeAll(() => {
      k = kubectl(binary, server.url, join(scratch, namespace))
    })

    test('two managers apply server-side: a conflict is shown, and forced', async () => {
      await k.ok(serverSide('one'), { input: flunder('shared', references('a')) })
      const refused = await k.run(serverSide('two'), { input: flunder('shared', references('b')) })
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('conflict with "one"')
      expect(refused.stderr).toContain('.spec.flunderReference')
      await k.ok([...serverSide('two'), '--force-conflicts'], { input: flunder('shared', references('b')) })
      const path = '{.spec.flunderReference}'
      expect(await k.ok(inNamespace('get', 'flunder', 'shared', '-o', `jsonpath=${path}`))).toBe('b')
    })

    test('a client-side apply merges three ways: what others added stays, what was taken out goes', async () => {
      const apply = (labels: object) => k.ok(inNamespace('apply', '-f', '-'), { input: withLabels(labels) })
      const withLabels = (labels: object) =>
        JSON.stringify({ ...JSON.parse(flunder('three', references('a'))), metadata: { name: 'three', labels } })
      await apply({ mine: '1', passing: '1' })
      await k.ok(inNamespace('label', 'flunder', 'three', 'theirs=1'))
      await apply({ mine: '2' })
      const labels = await k.ok(inNamespace('get', 'flunder', 'three', '-o', 'jsonpath={.metadata.labels}'))
      expect(JSON.parse(labels)).toEqual({ mine: '2', theirs: '1' })
    })

    test('a strategic patch merges finalizers as a set', async () => {
      const { metadata } = JSON.parse(flunder('strategic'))
      const object = { ...JSON.parse(flunder('strategic')), metadata: { ...metadata, finalizers: ['example.com/a'] } }
      await k.ok(inNamespace('create', '-f', '-'), { input: JSON.stringify(object) })
      const patch = (finalizers: string[] | null, type: string) =>
        k.ok(
          inNamespace(
            'patch',
            'flunder',
            'strategic',
            `--type=${type}`,
            '-p',
            JSON.stringify({ metadata: { finalizers } }),
          ),
        )
      await patch(['example.com/b'], 'strategic')
      const finalizers = await k.ok(inNamespace('get', 'flunder', 'strategic', '-o', 'jsonpath={.metadata.finalizers}'))
      expect(JSON.parse(finalizers).toSorted()).toEqual(['example.com/a', 'example.com/b'])
      await patch(null, 'merge')
    })

    test('a watch without what was there before tells events by their type', async () => {
      const args = inNamespace('get', 'flunders', '--watch-only', '--output-watch-events')
      let seen = false
      const watching = k.until(args, /watched/).finally(() => {
        seen = true
      })
      // Nothing tells when such a watch has begun, so there is always one more object.
      for (let i = 0; !seen; i++) {
        await k.ok(inNamespace('create', '-f', '-'), { input: flunder(`watched-${i}`) })
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      const printed = await watching
      expect(printed).toMatch(/ADDED/)
      expect(printed).not.toMatch(/shared/)
    })

    test('explain shows the whole tree', async () => {
      const tree = await k.ok(['explain', 'flunders', '--recursive'])
      for (const field of ['ownerReferences', 'flunderReference', 'referenceType', 'status'])
        expect(tree).toContain(field)
    })

    test('a field that does not exist is refused when validation is strict', async () => {
      const typo = flunder('typo', { spec: { flunderRefrence: 'a' } })
      const strict = old ? '--validate=true' : '--validate=strict'
      const refused = await k.run(inNamespace('create', strict, '-f', '-'), { input: typo })
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(
        /unknown field "(io\.k8s\S+)?(spec\.)?flunderRefrence"?|unknown field "flunderRefrence"/,
      )
    })

    test('version tells the API level, and whoami that nobody is asked', async () => {
      expect(await k.ok(['version'])).toMatch(/(v1\.32|Minor:"32")/)
      if (old) return
      const whoami = await k.run(['auth', 'whoami'])
      expect(whoami.code).toBe(1)
      expect(whoami.stderr).not.toBe('')
    })
  })
