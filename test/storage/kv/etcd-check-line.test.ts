import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Etcd3 } from 'etcd3'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { CheckLine, parseAddress } from '../../../lib/storage/kv/etcd/check-line.js'
import { decodeRevision, encodeCheck } from '../../../lib/storage/kv/etcd/check-message.js'
import { encodeFrame, Flag, type Frame, FrameReader, FrameType } from '../../../lib/storage/kv/etcd/http2-frames.js'
import { etcd } from '../../../lib/storage/kv/etcd/index.js'
import { resolveOptions } from '../../../lib/storage/kv/etcd/options.js'
import { type EtcdCluster, startEtcd } from '../../support/etcd.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'

const ctx = backgroundContext()
const lines: CheckLine[] = []
afterEach(() => {
  for (const line of lines.splice(0)) line.close()
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

async function lineTo(host: string): Promise<CheckLine> {
  const settings = resolveOptions({ hosts: host })
  const line = new CheckLine(parseAddress(host, settings)!, settings)
  lines.push(line)
  await until(() => line.ready || line.over)
  return line
}

describe('a line for revision checks to a real etcd', () => {
  let cluster: EtcdCluster
  let client: Etcd3
  const endpoint = () => cluster.endpoints[0]!

  beforeAll(async () => {
    cluster = await startEtcd()
    client = new Etcd3({ hosts: endpoint() })
  })
  afterAll(async () => {
    client.close()
    await cluster.dispose()
  })

  it('tells the revision of every write that was acknowledged before the ask', async () => {
    const line = await lineTo(endpoint())
    for (let i = 0; i < 50; i++) {
      const { header } = await client.put('k').value(String(i)).exec()
      expect(await line.ask()).toBe(Number(header.revision))
    }
  })

  it('lasts beyond the windows of both sides', async () => {
    const line = await lineTo(endpoint())
    const revision = await line.ask()
    for (let i = 0; i < 100; i++) {
      const answers = await Promise.all(Array.from({ length: 60 }, () => line.ask()))
      expect(new Set(answers)).toEqual(new Set([revision]))
      await until(() => line.ready)
    }
    expect(line.over).toBe(false)
  })

  it('ends with its member', async () => {
    const line = await lineTo(endpoint())
    await cluster.stop(0)
    await until(() => line.over)
    await expect(line.ask()).rejects.toThrow('etcd: ')
    await cluster.restart()
  })

  it('fails who waits for a member that keeps silent', async () => {
    const line = await lineTo(endpoint())
    await cluster.freeze(0)
    await expect(line.ask()).rejects.toThrow('keeps silent')
    expect(line.over).toBe(true)
    cluster.thaw(0)
  })

  it('is given up where nobody answers the greeting', async () => {
    const proxy = await startTcpProxy(endpoint())
    proxy.pause()
    const line = await lineTo(proxy.endpoint)
    const answer = line.ask().catch(String)
    expect(await answer).toContain('keeps silent')
    await proxy.close()
  })

  it('is what a store asks on, and a store outlives it', async () => {
    const proxy = await startTcpProxy(endpoint())
    const kv = etcd({ hosts: proxy.endpoint, compactionIntervalMs: 0 })
    await kv.open(ctx)
    await until(() => proxy.open === 2)
    const before = await kv.currentRevision(ctx)
    proxy.cut()
    const { header } = await client.put('k').value('after').exec()
    expect(Number(header.revision)).toBe(before + 1)
    for (let i = 0; i < 3; i++) expect(await kv.currentRevision(ctx)).toBe(before + 1)
    await kv.close()
    await until(() => proxy.open === 0)
    await proxy.close()
  })
})

describe('a line to who is no etcd', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  /** A server that greets as HTTP/2 does and answers each call with what `answer` writes. */
  async function serverThat(answer: (socket: Socket, call: Frame) => void): Promise<string> {
    const server = createServer((socket) => {
      let greeted = false
      const frames = new FrameReader((frame) => {
        if (frame.type === FrameType.DATA) answer(socket, frame)
      })
      socket.write(encodeFrame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0)))
      socket.on('error', () => undefined)
      socket.on('data', (chunk: Buffer) => {
        frames.read(greeted ? chunk : chunk.subarray(24))
        greeted = true
      })
    })
    servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  const { DATA, HEADERS, RST_STREAM, GOAWAY } = FrameType
  const body = (...bytes: number[]) => Buffer.from([0, 0, 0, 0, bytes.length, ...bytes])

  it.each<[string, (socket: Socket, call: Frame) => void]>([
    [
      'an answer of headers alone',
      (s, c) => s.write(encodeFrame(HEADERS, Flag.END_STREAM | 4, c.stream, Buffer.of(0x88))),
    ],
    ['a stream that is reset', (s, c) => s.write(encodeFrame(RST_STREAM, 0, c.stream, Buffer.alloc(4)))],
    ['a farewell', (s) => s.write(encodeFrame(GOAWAY, 0, 0, Buffer.alloc(8)))],
    ['a message without a header', (s, c) => s.write(encodeFrame(DATA, 0, c.stream, body(0x20, 2)))],
    [
      'a revision beyond 2^53',
      (s, c) => s.write(encodeFrame(DATA, 0, c.stream, body(10, 9, 24, ...Array(7).fill(255), 127))),
    ],
    ['a compressed message', (s, c) => s.write(encodeFrame(DATA, 0, c.stream, Buffer.from([1, 0, 0, 0, 0])))],
    ['half a message', (s, c) => s.write(encodeFrame(DATA, 0, c.stream, body(10, 2, 24, 7).subarray(0, 7)))],
    ['a padded frame', (s, c) => s.write(encodeFrame(DATA, Flag.PADDED, c.stream, body(10, 2, 24, 7)))],
    ['a frame longer than was agreed', (s) => s.write(Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]))],
    ['text', (s) => s.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
    ['a closed connection', (s) => s.destroy()],
  ])('takes %s for no answer', async (_, answer) => {
    const line = await lineTo(await serverThat(answer))
    await expect(line.ask()).rejects.toThrow('etcd: ')
  })

  it('reads an answer that comes byte by byte, and answers a ping', async () => {
    const pongs: Buffer[] = []
    const host = await serverThat(async (socket, call) => {
      const ping = encodeFrame(FrameType.PING, 0, 0, Buffer.from('12345678'))
      const answer = encodeFrame(DATA, 0, call.stream, body(10, 4, 16, 1, 24, 7))
      socket.on('data', (chunk: Buffer) => pongs.push(chunk))
      for (const byte of Buffer.concat([ping, answer])) {
        socket.write(Buffer.of(byte))
        await sleep(1)
      }
    })
    const line = await lineTo(host)
    expect(await line.ask()).toBe(7)
    const pong = encodeFrame(FrameType.PING, Flag.ACK, 0, Buffer.from('12345678'))
    await until(() => Buffer.concat(pongs).includes(pong))
  })
})

describe('a message of a revision check', () => {
  it('asks for the number of a key, whatever its length', () => {
    expect(encodeCheck('k')).toEqual(Buffer.from([0, 0, 0, 0, 5, 0x0a, 1, 0x6b, 0x48, 1]))
    expect(encodeCheck('k'.repeat(300)).length).toBe(5 + 3 + 300 + 2)
  })

  it('is read to the last byte or not at all', () => {
    const whole = Buffer.from('000000001a0a1808d9e1bef099bebae331108dd1b79cf1d8e2d9691801 2002'.replace(' ', ''), 'hex')
    expect(decodeRevision(whole)).toBe(1)
    for (let end = 0; end < whole.length; end++) expect(decodeRevision(whole.subarray(0, end))).toBeUndefined()
  })

  it('never throws for random bytes', () => {
    for (let seed = 1; seed < 5_000; seed++) {
      const bytes = Buffer.from(Array.from({ length: seed % 40 }, (_, i) => (seed * (i + 7) * 2_654_435_761) >>> 24))
      const message = Buffer.concat([Buffer.from([0, 0, 0, 0, bytes.length]), bytes])
      expect(['number', 'undefined']).toContain(typeof decodeRevision(message))
    }
  })
})

describe('the address of a line', () => {
  const address = (host: string) => parseAddress(host, resolveOptions({ hosts: host }))

  it('is read from host:port and from URLs', () => {
    expect(address('10.0.0.1:2379')).toEqual({
      authority: '10.0.0.1:2379',
      hostname: '10.0.0.1',
      port: 2379,
      secure: false,
    })
    expect(address('https://etcd-0.etcd:2379')).toMatchObject({ hostname: 'etcd-0.etcd', secure: true })
    expect(address('http://[::1]:2379')).toMatchObject({ authority: '[::1]:2379', hostname: '::1', secure: false })
  })

  it.each(['etcd', 'unix:/run/etcd.sock', 'dns:///etcd:2379', 'etcd:99999', 'http://etcd:2379/path'])(
    'is unknown for %s, which is left to gRPC',
    (host) => expect(address(host)).toBeUndefined(),
  )
})
