import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Etcd3 } from 'etcd3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { CheckLine, parseAddress } from '../../../lib/storage/kv/etcd/check-line.js'
import { type EtcdOptions, etcd } from '../../../lib/storage/kv/etcd/index.js'
import { resolveOptions } from '../../../lib/storage/kv/etcd/options.js'
import { KVError, UnavailableError, UnknownOutcomeError } from '../../../lib/storage/kv/types.js'
import { type EtcdCluster, startEtcd } from '../../support/etcd.js'

const ctx = backgroundContext()
const run = promisify(execFile)
const value = Buffer.from('v')
const failureOf = (work: Promise<unknown>) => work.then(String, (error: unknown) => error)

async function opened(options: EtcdOptions) {
  const kv = etcd({ compactionIntervalMs: 0, ...options })
  await kv.open(ctx)
  return kv
}

describe('an etcd that wants TLS and client certificates', () => {
  let folder: string
  let cluster: EtcdCluster
  const file = (name: string) => join(folder, name)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'etcd-tls-'))
    await authority('ca')
    await authority('stranger')
    await certificate('server', 'ca')
    await certificate('client', 'ca')
    cluster = await startEtcd({ tls: { ca: file('ca.crt'), cert: file('server.crt'), key: file('server.key') } })
  })

  afterAll(async () => {
    await cluster.dispose()
    await rm(folder, { recursive: true })
  })

  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

  async function authority(name: string): Promise<void> {
    await openssl('req', '-x509', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', `/CN=${name}`)
  }

  async function certificate(name: string, issuer: string): Promise<void> {
    await openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    await writeFile(file('names.ext'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n')
    const signing = ['-CA', `${issuer}.crt`, '-CAkey', `${issuer}.key`, '-CAcreateserial', '-extfile', 'names.ext']
    await openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signing)
  }

  const credentials = async (ca = 'ca') => ({
    rootCertificate: await readFile(file(`${ca}.crt`)),
    privateKey: await readFile(file('client.key')),
    certChain: await readFile(file('client.crt')),
  })

  it('is read, written and watched over TLS', async () => {
    const kv = await opened({ hosts: cluster.endpoints, credentials: await credentials() })
    const watch = kv.watch(ctx, '/tls/', { startRevision: 0 })
    await watch.established
    const { revision } = await kv.create(ctx, '/tls/a', value)
    for await (const batch of watch) if (batch.revision >= revision) break
    expect((await kv.get(ctx, '/tls/a')).kv?.value).toEqual(value)
    await kv.close()
  })

  it('tells its revision on a line of its own, to who shows a certificate', async () => {
    const settings = resolveOptions({ hosts: cluster.endpoints, credentials: await credentials() })
    const address = parseAddress(cluster.endpoints[0]!, settings)!
    const line = new CheckLine(address, settings)
    while (!line.ready) await sleep(5)
    expect(await line.ask()).toBeGreaterThan(0)
    line.close()
    const { rootCertificate } = await credentials()
    for (const refused of [await credentials('stranger'), { rootCertificate }]) {
      const stranger = new CheckLine(address, { ...settings, credentials: refused })
      while (!stranger.over) await sleep(5)
    }
  })

  it('is not reachable for who trusts another authority, has no certificate, or speaks no TLS', async () => {
    const hosts = cluster.endpoints
    const { rootCertificate } = await credentials()
    const dialTimeoutMs = 300
    for (const options of [
      { hosts, dialTimeoutMs, credentials: await credentials('stranger') },
      { hosts, dialTimeoutMs, requestTimeoutMs: 500, credentials: { rootCertificate } },
      { hosts: hosts[0]!.replace('https://', 'http://'), dialTimeoutMs, requestTimeoutMs: 500 },
    ]) {
      const kv = etcd({ compactionIntervalMs: 0, ...options })
      expect(await failureOf(kv.open(ctx))).toBeInstanceOf(UnavailableError)
      await kv.close()
    }
  })
})

describe('an etcd that wants a user and a password', () => {
  let cluster: EtcdCluster
  const app = { username: 'app', password: 'app-password' }

  beforeAll(async () => {
    cluster = await startEtcd()
    const raw = new Etcd3({ hosts: cluster.endpoints[0]! })
    const allow = (key: string, end: string) =>
      raw.auth.roleGrantPermission({
        name: 'registry',
        perm: { permType: 'Readwrite', key: Buffer.from(key), range_end: Buffer.from(end) },
      })
    await raw.auth.userAdd({ name: 'root', password: 'root-password' })
    await raw.auth.roleAdd({ name: 'root' })
    await raw.auth.userGrantRole({ user: 'root', role: 'root' })
    await raw.auth.userAdd({ name: app.username, password: app.password })
    await raw.auth.roleAdd({ name: 'registry' })
    await allow('/registry/', '/registry0')
    await allow('compact_rev_key', '')
    await raw.auth.userGrantRole({ user: app.username, role: 'registry' })
    await raw.auth.authEnable()
    raw.close()
  })

  afterAll(() => cluster.dispose())

  it('lets the user do what its role allows, and says of the rest that it is refused', async () => {
    const kv = await opened({ hosts: cluster.endpoints, auth: app })
    expect((await kv.create(ctx, '/registry/own/a', value)).ok).toBe(true)
    expect((await kv.range(ctx, '/registry/own/')).count).toBe(1)
    for (const refused of [
      () => kv.create(ctx, '/elsewhere', value),
      () => kv.range(ctx, '/'),
      () => kv.watch(ctx, '/elsewhere/', { startRevision: 0 })[Symbol.asyncIterator]().next(),
    ]) {
      const failure = await failureOf(refused())
      expect(failure).toBeInstanceOf(KVError)
      expect(failure).not.toBeInstanceOf(UnavailableError)
      expect(failure).not.toBeInstanceOf(UnknownOutcomeError)
      expect(String(failure)).toContain('permission denied')
    }
    await kv.close()
  })

  it('forgets tokens when it starts anew, which neither calls nor watches notice', async () => {
    const kv = await opened({ hosts: cluster.endpoints, auth: app })
    const watch = kv.watch(ctx, '/registry/token/', { startRevision: 0 })
    await watch.established
    const before = await kv.create(ctx, '/registry/token/a', value)
    await cluster.stop()
    await cluster.restart()
    const after = await kv.create(ctx, '/registry/token/b', value)
    expect([before.ok, after.ok]).toEqual([true, true])
    const revisions: number[] = []
    for await (const batch of watch) {
      revisions.push(...batch.events.map((event) => event.revision))
      if (batch.revision >= after.revision) break
    }
    expect(revisions).toEqual([before.revision, after.revision])
    await kv.close()
  })

  it('does not open for a wrong password or for nobody', async () => {
    for (const auth of [{ username: 'app', password: 'wrong' }, undefined]) {
      const kv = etcd({ hosts: cluster.endpoints, compactionIntervalMs: 0, ...(auth && { auth }) })
      const failure = await failureOf(kv.open(ctx))
      expect(failure).toBeInstanceOf(KVError)
      expect(failure).not.toBeInstanceOf(UnavailableError)
      const watching = kv.watch(ctx, '/registry/', { startRevision: 0 })[Symbol.asyncIterator]().next()
      expect(await failureOf(watching)).toBeInstanceOf(KVError)
      await kv.close()
    }
  })
})
