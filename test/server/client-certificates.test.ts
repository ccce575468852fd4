import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer as createHttpsServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, type ApiServerOptions, apiserver, lmdb, runServer } from 'express-apiserver'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { LogFields } from '../../lib/server/logger.js'
import { type KeyPair, testCertificates } from '../authentication/certificates.js'
import { freshPath, widgets } from './harness.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-client-certificates-'))
const at = (name: string) => join(folder, name)
const certificates = testCertificates()
const own = certificates.authority('own')
const users = certificates.authority('users')
const others = certificates.authority('others')
const ann = certificates.issue(users, '/CN=ann')
const bob = certificates.issue(others, '/CN=bob')
const caFile = at('clients.crt')
const tls = { certFile: at('tls.crt'), keyFile: at('tls.key') }
const pair = certificates.issue(own, '/CN=127.0.0.1', 'server')
writeFileSync(tls.certFile, pair.cert)
writeFileSync(tls.keyFile, pair.key)

const lines: [level: string, fields: LogFields, message: string][] = []
const logger = {
  info: (fields: LogFields, message: string) => void lines.push(['info', fields, message]),
  warn: (fields: LogFields, message: string) => void lines.push(['warn', fields, message]),
  error: (fields: LogFields, message: string) => void lines.push(['error', fields, message]),
}
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  lines.length = 0
})
afterAll(() => {
  certificates.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** All at once, as whoever replaces certificates should. */
function install(...authorities: readonly KeyPair[]): void {
  writeFileSync(`${caFile}.new`, authorities.map(({ cert }) => cert).join('\n'))
  renameSync(`${caFile}.new`, caFile)
}

let stores = 0
const apiWith = (authentication: NonNullable<ApiServerOptions['authentication']>): ApiServer => {
  const storage = lmdb(at(`store-${++stores}`), { unsafeNoSync: true })
  return apiserver({ resources: [widgets], storage, health: true, logger, authentication })
}

async function running(api: ApiServer, options: object = { tls }): Promise<string> {
  const server = await runServer({ api, port: 0, host: '127.0.0.1', signals: false, logger, ...options })
  cleanups.push(() => server.shutdown())
  return server.url
}

/** The status of an answer on a connection of its own. */
function status(url: string, as?: KeyPair): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ rejectUnauthorized: false, ...as })
    const sent = httpsRequest(url + freshPath(), { agent }, (response) => {
      response.resume().on('end', () => {
        agent.destroy()
        resolve(response.statusCode)
      })
    })
    sent.on('error', reject).end()
  })
}

describe('client certificates of a file', () => {
  test('are asked for by TLS without being told so, and known by the file as it is now', async () => {
    install(users)
    const url = await running(apiWith({ clientCertificates: { caFile, caFileReloadIntervalMs: 10 } }))
    expect([await status(url, ann), await status(url, bob), await status(url)]).toEqual([200, 401, 401])
    install(others)
    await expect.poll(() => status(url, bob)).toBe(200)
    expect(await status(url, ann)).toBe(401)
    expect(lines.map(([, , message]) => message)).toEqual(
      expect.arrayContaining([
        'a file of tokens, certificates or roles was read anew',
        'serving with new certificates',
      ]),
    )
  })

  test('stay those that were read last while the file cannot be used', async () => {
    install(users)
    const url = await running(apiWith({ clientCertificates: { caFile, caFileReloadIntervalMs: 10 } }))
    writeFileSync(caFile, 'none')
    await expect.poll(() => lines.some(([level]) => level === 'error')).toBe(true)
    expect(await status(url, ann)).toBe(200)
    const [, fields] = lines.find(([level]) => level === 'error')!
    expect(String(fields.err)).toContain(
      `authentication.clientCertificates.caFile: the file ${caFile} holds no certificate`,
    )
  })

  test('are asked for where the authorities are given as they are, too', async () => {
    const url = await running(apiWith({ clientCertificates: { ca: [users.cert] } }))
    expect([await status(url, ann), await status(url, bob)]).toEqual([200, 401])
  })

  test.each<[options: object, message: string]>([
    [{}, 'needs either caFile or ca, neither is given'],
    [{ caFile, ca: users.cert }, 'needs either caFile or ca, both are given'],
    [{ caFile: at('none.crt') }, `clientCertificates.caFile: the file ${at('none.crt')} cannot be read: ENOENT`],
    [{ caFile: tls.keyFile }, `the file ${tls.keyFile} holds no certificate in PEM`],
    [{ ca: 'clients.crt' }, 'clientCertificates.ca holds no certificate in PEM'],
    [{ ca: 42 }, 'clientCertificates.ca holds no certificate in PEM'],
  ])('are refused when %j cannot be used', (options, message) => {
    expect(() => apiWith({ clientCertificates: options })).toThrow(message)
  })
})

describe('a server that does not ask for certificates', () => {
  test('is told of, once, when it has TLS', async () => {
    install(users)
    const api = apiWith({ clientCertificates: { caFile } })
    const server = createHttpsServer(pair, (req, res) => api(req, res, () => res.end()))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(
      () => api.close(),
      () => new Promise((resolve) => server.close(resolve)),
    )
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (let i = 0; i < 3; i++) expect(await status(url, ann)).toBe(401)
    expect(lines).toEqual([
      ['error', {}, expect.stringMatching(/clientCertificates .* TLS does not ask .*requestCert/)],
    ])
  })

  test('is not told of when it does ask, and nobody has one', async () => {
    install(users)
    const url = await running(apiWith({ clientCertificates: { caFile } }))
    expect(await status(url)).toBe(401)
    expect(lines.filter(([level]) => level !== 'info')).toEqual([])
  })

  test('is told of when it has no TLS', async () => {
    install(users)
    const url = await running(apiWith({ clientCertificates: { caFile } }), {})
    expect(lines).toContainEqual(['warn', { url }, expect.stringContaining('runServer needs tls')])
  })
})

describe('options of TLS', () => {
  test.each<[options: object, message: string]>([
    [{ tls: { ...tls, certFile: at('x') } }, `tls.certFile: the file ${at('x')} cannot be read: ENOENT`],
    [{ tls: { ...tls, certFile: tls.keyFile } }, `tls.certFile: the file ${tls.keyFile} holds no certificate in PEM`],
    [{ tls: { ...tls, keyFile: tls.certFile } }, `tls.keyFile: the file ${tls.certFile} holds no private key in PEM`],
    [{ tls: { ...tls, keyFile: undefined } }, 'tls.keyFile must be the path of a file, not undefined'],
    [{ tls: { ...tls, clientCAFile: tls.keyFile } }, `tls.clientCAFile: the file ${tls.keyFile} holds no certificate`],
    [{ http2: true }, 'http2 needs tls'],
  ])('that cannot be used are named, with their file: %j', async (options, message) => {
    const api = apiWith({ anonymous: true })
    await expect(running(api, options)).rejects.toThrow(message)
    await api.close()
  })

  test('name the key that is not the certificate’s', async () => {
    const keyFile = at('other.key')
    writeFileSync(keyFile, ann.key)
    const api = apiWith({ anonymous: true })
    await expect(running(api, { tls: { ...tls, keyFile } })).rejects.toThrow(
      `tls.keyFile: the key in ${keyFile} is not that of the first certificate in tls.certFile (${tls.certFile})`,
    )
    await api.close()
  })
})

test('a server says where it listens, and that it has stopped', async () => {
  const server = await runServer({
    api: apiWith({ anonymous: true }),
    port: 0,
    host: '127.0.0.1',
    signals: false,
    logger,
  })
  expect(lines).toEqual([['info', { url: server.url }, 'listening']])
  await server.shutdown()
  expect(lines.at(-1)).toEqual(['info', { url: server.url }, 'stopped'])
})
