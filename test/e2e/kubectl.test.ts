import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, startExample } from '../support/cli.js'
import { type Kubectl, type KubectlBinary, kubectl, kubectlBinaries } from '../support/kubectl.js'
import { type Store, type StoreKind, storeKinds } from './stores.js'

const flunder = (name: string, reference: string, labels: Record<string, string> = {}) =>
  JSON.stringify({
    apiVersion: 'wardle.example.com/v1alpha1',
    kind: 'Flunder',
    metadata: { name, labels },
    spec: { reference },
  })

interface Read {
  readonly metadata: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> }
  readonly spec: { readonly reference?: string; readonly referenceType?: string }
}

for (const kind of storeKinds) describe.runIf(kind.there)(`on ${kind.name}`, () => onStore(kind))

function onStore(kind: StoreKind): void {
  let store: Store
  let server: ExampleProcess
  const scratch = mkdtempSync(join(tmpdir(), 'express-apiserver-kubectl-'))

  beforeAll(async () => {
    ensureBuilt()
    store = await kind.start()
    server = await startExample(store.flags)
  }, buildTimeoutMs)

  afterAll(async () => {
    await server?.stop()
    await store?.remove()
    rmSync(scratch, { recursive: true, force: true })
  })

  for (const binary of kubectlBinaries)
    describe.runIf(binary.there)(binary.name, () => withKubectl(binary, () => server.url, scratch))
}

function withKubectl(binary: KubectlBinary, server: () => string, scratch: string): void {
  const namespace = binary.name.replaceAll(/\W/g, '-').toLowerCase()
  let k: Kubectl
  const inNamespace = (...args: string[]) => [...args, '--namespace', namespace]
  const alpha = 'flunders.v1alpha1.wardle.example.com'
  const create = (...args: Parameters<typeof flunder>) =>
    k.ok(inNamespace('create', '-f', '-'), { input: flunder(...args) })
  const apply = (...args: Parameters<typeof flunder>) =>
    k.ok(inNamespace('apply', '-f', '-'), { input: flunder(...args) })
  const read = async (name: string) => JSON.parse(await k.ok(inNamespace('get', alpha, name, '-o', 'json'))) as Read

  beforeAll(() => {
    k = kubectl(binary, server(), join(scratch, namespace))
  })

  test('api-resources lists both kinds with their scope', async () => {
    const output = await k.ok(['api-resources', '--api-group', 'wardle.example.com'])
    expect(output).toMatch(/^flunders\s.*\btrue\s+Flunder\s*$/m)
    expect(output).toMatch(/^fischers\s.*\bfalse\s+Fischer\s*$/m)
  })

  test('create stores an object with its defaults, and refuses the same name again', async () => {
    expect(await create('made', 'other')).toContain('flunder.wardle.example.com/made created')
    expect((await read('made')).spec).toEqual({ reference: 'other', referenceType: 'Flunder' })
    const again = await k.run(inNamespace('create', '-f', '-'), { input: flunder('made', 'other') })
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('(AlreadyExists)')
    expect(again.stderr).toContain('flunders.wardle.example.com "made" already exists')
  })

  test('apply creates, leaves alone, and configures', async () => {
    expect(await apply('applied', 'one', { kept: 'a', dropped: 'b' })).toContain('applied created')
    expect(await apply('applied', 'one', { kept: 'a', dropped: 'b' })).toContain('applied unchanged')
    expect(await apply('applied', 'two', { kept: 'c' })).toContain('applied configured')
    const stored = await read('applied')
    expect(stored.spec.reference).toBe('two')
    expect(stored.metadata.labels).toEqual({ kept: 'c' })
  })

  test('get prints a table, YAML, and names by selector', async () => {
    await create('listed-a', 'x', { color: 'red' })
    await create('listed-b', 'x', { color: 'blue' })
    const table = await k.ok(inNamespace('get', 'flunders'))
    expect(table).toMatch(/^NAME\s+(CREATED AT|AGE)$/m)
    expect(table).toMatch(/^listed-a\s+\S+$/m)
    const yaml = await k.ok(inNamespace('get', alpha, 'listed-a', '-o', 'yaml'))
    expect(yaml).toMatch(/^apiVersion: wardle\.example\.com\/v1alpha1$/m)
    expect(yaml).toMatch(/^ {2}reference: x$/m)
    const named = (...args: string[]) => k.ok(inNamespace('get', 'flunders', '-o', 'name', ...args))
    expect(await named('-l', 'color=red')).toBe('flunder.wardle.example.com/listed-a\n')
    expect(await named('-l', 'color in (blue), color!=red')).toBe('flunder.wardle.example.com/listed-b\n')
    expect(await named('--field-selector', 'metadata.name=listed-b')).toBe('flunder.wardle.example.com/listed-b\n')
  })

  test('get of what is not there says so', async () => {
    // In another namespace kubectl would ask whether that exists, and tell that there is no namespace API.
    const missing = await k.run(['get', 'flunder', 'nobody'])
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('Error from server (NotFound): flunders.wardle.example.com "nobody" not found')
  })

  test('get -w shows what stands there and what comes', async () => {
    await create('watched-first', 'x', { watched: 'yes' })
    const args = inNamespace('get', 'flunders', '-w', '-l', 'watched=yes')
    const act = () => create('watched-second', 'x', { watched: 'yes' })
    const output = await k.until(args, /^watched-second\s/m, { when: /^watched-first\s/m, act })
    expect(output.match(/^watched-first\s/gm)).toHaveLength(1)
  })

  test('get --chunk-size reads a list in pages', async () => {
    const names = Array.from({ length: 7 }, (_, i) => `paged-${i}`)
    for (const name of names) await create(name, 'x', { paged: 'yes' })
    const args = inNamespace('get', 'flunders', '-o', 'name', '-l', 'paged=yes', '--chunk-size=3', '-v=6')
    const { stdout, stderr } = await k.run(args)
    expect(stdout).toBe(names.map((name) => `flunder.wardle.example.com/${name}\n`).join(''))
    expect(stderr.match(/limit=3/g)).toHaveLength(3)
    expect(stderr.match(/continue=/g)).toHaveLength(2)
  })

  test('label and annotate add, change and remove', async () => {
    await create('marked', 'x')
    expect(await k.ok(inNamespace('label', 'flunder', 'marked', 'tier=gold'))).toContain('marked labeled')
    expect(await k.ok(inNamespace('annotate', 'flunder', 'marked', 'note=a b'))).toContain('marked annotated')
    const marked = await read('marked')
    expect(marked.metadata.labels).toEqual({ tier: 'gold' })
    expect(marked.metadata.annotations).toMatchObject({ note: 'a b' })
    await k.ok(inNamespace('label', '--overwrite', 'flunder', 'marked', 'tier=tin'))
    expect((await read('marked')).metadata.labels).toEqual({ tier: 'tin' })
    await k.ok(inNamespace('label', 'flunder', 'marked', 'tier-'))
    expect((await read('marked')).metadata.labels).toBeUndefined()
  })

  test('patch takes JSON patches and merge patches', async () => {
    await create('patched', 'x')
    const patch = (type: string, value: unknown) =>
      k.ok(inNamespace('patch', alpha, 'patched', `--type=${type}`, '-p', JSON.stringify(value)))
    await patch('json', [{ op: 'replace', path: '/spec/reference', value: 'by-json' }])
    expect((await read('patched')).spec.reference).toBe('by-json')
    await patch('merge', { spec: { reference: 'by-merge' }, metadata: { labels: { a: 'b' } } })
    expect((await read('patched')).spec.reference).toBe('by-merge')
    await patch('merge', { metadata: { labels: null } })
    expect((await read('patched')).metadata.labels).toBeUndefined()
  })

  test('edit sends what the editor saved', async () => {
    await create('edited', 'before-edit')
    const env = { EDITOR: 'sed -i s/before-edit/after-edit/' }
    expect(await k.ok(inNamespace('edit', alpha, 'edited'), { env })).toContain('edited edited')
    expect((await read('edited')).spec.reference).toBe('after-edit')
  })

  test('replace puts the whole object, and is refused when somebody was faster', async () => {
    await create('replaced', 'one')
    const stale = await k.ok(inNamespace('get', alpha, 'replaced', '-o', 'json'))
    const replace = (input: string) => k.run(inNamespace('replace', '-f', '-'), { input })
    expect((await replace(stale.replace('"one"', '"two"'))).stdout).toContain('replaced replaced')
    expect((await read('replaced')).spec.reference).toBe('two')
    const late = await replace(stale.replace('"one"', '"three"'))
    expect(late.code).toBe(1)
    expect(late.stderr).toContain('(Conflict)')
    expect((await read('replaced')).spec.reference).toBe('two')
  })

  test('diff shows what apply would change, and changes nothing', async () => {
    await apply('diffed', 'one')
    const diff = (reference: string) => k.run(inNamespace('diff', '-f', '-'), { input: flunder('diffed', reference) })
    expect(await diff('one')).toMatchObject({ code: 0, stdout: '' })
    const changed = await diff('two')
    expect(changed.code).toBe(1)
    expect(changed.stdout).toMatch(/^- {2,}reference: one$/m)
    expect(changed.stdout).toMatch(/^\+ {2,}reference: two$/m)
    expect((await read('diffed')).spec.reference).toBe('one')
  })

  test('explain describes a kind and its fields', async () => {
    const version = '--api-version=wardle.example.com/v1alpha1'
    expect(await k.ok(['explain', 'flunders', version])).toMatch(/^KIND:\s+Flunder$/m)
    expect(await k.ok(['explain', 'flunders.spec', version])).toMatch(/^\s+reference\s+<string>/m)
  })

  test('delete removes one, delete --all the rest of a namespace', async () => {
    await create('deleted', 'x')
    expect(await k.ok(inNamespace('delete', 'flunder', 'deleted'))).toContain('"deleted" deleted')
    expect((await k.run(inNamespace('get', 'flunder', 'deleted'))).code).toBe(1)
    const apart = ['--namespace', `${namespace}-emptied`]
    for (const name of ['a', 'b']) await k.ok(['create', '-f', '-', ...apart], { input: flunder(name, 'x') })
    const output = await k.ok(['delete', 'flunders', '--all', ...apart])
    expect(output).toContain('"a" deleted')
    expect(output).toContain('"b" deleted')
    expect(await k.ok(['get', 'flunders', '-o', 'name', ...apart])).toBe('')
  })

  test('wait --for=delete ends when the last finalizer is gone', async () => {
    await create('finalized', 'x')
    const finalizers = (value: string[] | null) =>
      k.ok(
        inNamespace(
          'patch',
          alpha,
          'finalized',
          '--type=merge',
          '-p',
          JSON.stringify({ metadata: { finalizers: value } }),
        ),
      )
    await finalizers(['example.com/hold'])
    await k.ok(inNamespace('delete', alpha, 'finalized', '--wait=false'))
    expect((await k.run(inNamespace('get', alpha, 'finalized'))).code).toBe(0)
    const args = inNamespace('wait', '--for=delete', `${alpha}/finalized`, '--timeout=60s', '-v=6')
    await k.until(args, /finalized (condition met|deleted)/, { when: /watch=true/, act: () => finalizers(null) })
    expect((await k.run(inNamespace('get', alpha, 'finalized'))).code).toBe(1)
  })

  test('a flunder that a fischer bans is refused', async () => {
    const banned = `banned-${namespace}`
    const input = JSON.stringify({
      apiVersion: 'wardle.example.com/v1alpha1',
      kind: 'Fischer',
      metadata: { name: `bans-${namespace}` },
      disallowedFlunders: [banned],
    })
    await k.ok(['create', '-f', '-'], { input })
    const refused = await k.run(inNamespace('create', '-f', '-'), { input: flunder(banned, 'x') })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('(Forbidden)')
    await k.ok(['delete', 'fischer', `bans-${namespace}`])
  })
}
