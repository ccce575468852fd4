import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KubectlBinary, kubectl, kubectlBinaries } from '../support/kubectl.js'
import { type ApiStub, startApiStub } from './api-stub.js'

const given = process.env.KUBECTL_OLD
const old: KubectlBinary[] = given ? [{ name: 'kubectl of KUBECTL_OLD', path: given, there: existsSync(given) }] : []

function flunder(spec: object): string {
  const metadata = { name: 'mine', namespace: 'default' }
  return JSON.stringify({ apiVersion: 'wardle.example.com/v1alpha1', kind: 'Flunder', metadata, spec })
}

describe.each([...old, ...kubectlBinaries])('$name', (binary) => {
  // Without the binary there is nobody to ask: the documents themselves are checked beside this file.
  describe.skipIf(!binary.there)('where it is installed', () => {
    const home = mkdtempSync(join(tmpdir(), 'openapi-kubectl-'))
    let stub: ApiStub
    beforeAll(async () => {
      stub = await startApiStub()
    })
    afterAll(async () => {
      await stub.close()
      rmSync(home, { recursive: true, force: true })
    })
    const ask = () => kubectl(binary, stub.url, home)
    const openapiRequests = () => stub.requests.filter((request) => request.url.startsWith('/openapi'))

    test('explain shows kind, version, and the fields with their descriptions', async () => {
      const text = await ask().ok(['explain', 'flunders.spec'])
      expect(text).toMatch(/KIND:\s+Flunder/)
      expect(text).toMatch(/reference\s+<string>\s+A name of another flunder or fischer/)
      expect(openapiRequests().length).toBeGreaterThan(0)
    })

    test('explain --recursive follows references into metadata and into lists', async () => {
      const text = await ask().ok(['explain', 'fischers', '--recursive'])
      expect(text).toMatch(/disallowedFlunders\s+<\[\]string>/)
      expect(text).toMatch(/metadata\s+<\w+>[\s\S]*ownerReferences\s+<\[\]\w+>\s+apiVersion\s+<string>/)
    })

    test('an unknown field is refused by kubectl itself, or its refusal asked of the server', async () => {
      const apply = await ask().run(['apply', '-f', '-'], { input: flunder({ bogus: 'x' }) })
      const created = stub.requests.find((request) => request.method === 'POST')
      const asked = created?.url.includes('fieldValidation=Strict') ?? false
      expect(asked || /unknown field "bogus"/.test(apply.stderr)).toBe(true)
    })

    test('a server-side dry run is found to be supported', async () => {
      const input = flunder({ reference: 'other' })
      const text = await ask().ok(['apply', '--dry-run=server', '-f', '-'], { input })
      expect(text).toMatch(/created \(server dry run\)/)
      expect(stub.requests.at(-1)?.url).toContain('dryRun=All')
    })
  })
})
