import { spawn } from 'node:child_process'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildTimeoutMs, ensureBuilt } from '../support/cli.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Plain JavaScript, whose types are not this program's. */
const plain = (path: string) => import(new URL(`../../bench/${path}`, import.meta.url).href)
const { hasEtcd } = (await plain('etcd.mjs')) as { hasEtcd(): boolean }

interface Row {
  readonly case: string
  readonly server: string
  readonly mount: string
  readonly store?: string
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly ratio?: number
  readonly of?: string
  readonly floor?: { readonly ratio: number; readonly p99?: number; readonly met: boolean }
  readonly rounds: readonly { readonly rate: number; readonly p99: number }[]
}

function bench(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['scripts/bench.mjs', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

/** The load client against a server, one connection reading `/`. */
async function load(listener: RequestListener, length: [number, number]): Promise<{ answers: number }> {
  const { drive } = await plain('load/drive.mjs')
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    return await drive({ port, secs: 0.1, warmUp: 0, lanes: [{ kind: 'read', path: '/', length }] })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

beforeAll(ensureBuilt, buildTimeoutMs)

const brief = ['--secs', '0.1', '--warm-up', '0', '--rounds', '1', '--conns', '4', '--watchers', '3']
const writes = ['create', 'put', 'patch', 'update', 'fresh']

async function rowsOf(...args: string[]): Promise<Row[]> {
  const { code, stdout, stderr } = await bench(...brief, ...args, '--json')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const { rows } = JSON.parse(stdout) as { rows: Row[] }
  for (const row of rows) {
    expect(row.rate, `${row.case} of ${row.server}`).toBeGreaterThan(0)
    expect(row.p99).toBeGreaterThanOrEqual(row.p50)
    expect(row.rounds).toHaveLength(1)
  }
  return rows
}

const find = (rows: readonly Row[], name: string, server: string) =>
  rows.find((row) => row.case === name && row.server === server)

describe('rates', () => {
  test('every case is measured on every server that has something to say, and ratios are quotients of rates', async () => {
    const rows = await rowsOf('--store', 'lmdb')
    const reads = ['get', 'get256', 'get0', 'list', 'listwrites']
    expect([...new Set(rows.map((row) => row.case))]).toEqual([...reads, ...writes, 'watch'])
    for (const name of [...reads, 'watch']) {
      const servers = rows.filter((row) => row.case === name).map(({ server }) => server)
      expect(servers).toEqual(['node:http', 'Express', 'lmdb front', 'lmdb use'])
      const front = find(rows, name, 'lmdb front')
      expect(front?.of).toBe('node:http')
      expect(front?.ratio).toBe((front?.rate ?? 0) / (find(rows, name, 'node:http')?.rate ?? 0))
      expect(find(rows, name, 'lmdb use')?.of).toBe('Express')
    }
    for (const name of writes) {
      const servers = rows.filter((row) => row.case === name).map(({ server }) => server)
      expect(servers).toEqual(['lmdb front', 'lmdb use'])
    }
    const put = find(rows, 'put', 'lmdb use')
    expect(put?.of).toBe('create')
    expect(put?.ratio).toBe((put?.rate ?? 0) / (find(rows, 'create', 'lmdb use')?.rate ?? 0))
    expect(rows.filter(({ floor }) => floor).map((row) => `${row.case} ${row.server}`)).toEqual(['get lmdb front'])
  }, 180_000)

  test.runIf(hasEtcd())(
    'creates on etcd are compared with a bare client, and floors are halved beside a foreign writer',
    async () => {
      const rows = await rowsOf('--only', 'get,create,put,watch', '--mount', 'front', '--foreign')
      const create = find(rows, 'create', 'etcd front')
      expect(create?.of).toBe('etcd3')
      expect(create?.floor).toEqual({ ratio: 0.175, met: (create?.ratio ?? 0) >= 0.175 })
      expect(find(rows, 'get', 'etcd front')?.floor?.ratio).toBe(0.125)
      const watch = find(rows, 'watch', 'etcd front')
      expect(watch?.floor).toMatchObject({ ratio: 1.25, p99: find(rows, 'watch', 'node:http')?.p99 })
      expect(find(rows, 'put', 'etcd3')).toBeUndefined()
    },
    180_000,
  )

  test('a table names its cases, the floors, and the servers that were asked for alone', async () => {
    const { code, stdout } = await bench(
      ...['--secs', '0.05', '--warm-up', '0', '--rounds', '1', '--conns', '2'],
      ...['--only', 'get', '--store', 'lmdb', '--mount', 'front'],
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/^GET, 2 connections\n/)
    expect(stdout).toMatch(/^ {2}lmdb front .+ of node:http {3}floor 0\.4: (met|MISSED)$/m)
    expect(stdout).toMatch(/^[01] of 1 floors met$/m)
    expect(stdout).not.toContain('Express')
  }, 180_000)

  test('a floor is met by a ratio that reaches it, and for watches by a p99 that is not above the bare one', async () => {
    const { floorOf } = await plain('floors.mjs')
    const watch = { case: 'watch', server: 'etcd front', ratio: 2.5, p99: 10 }
    const met = (row: object, base: object, foreign = false) => floorOf({ ...watch, ...row }, base, { foreign })?.met
    expect(met({}, { p99: 10 })).toBe(true)
    expect(met({ ratio: 2.49 }, { p99: 10 })).toBe(false)
    expect(met({ ratio: 2.49 }, { p99: 10 }, true)).toBe(true)
    expect(met({ p99: 11 }, { p99: 10 })).toBe(false)
    expect(met({ ratio: undefined }, {})).toBe(false)
    expect(met({ server: 'lmdb use' }, { p99: 10 })).toBeUndefined()
  })
})

test('limits are measured on objects that the server takes for its own', async () => {
  const { code, stdout, stderr } = await bench(
    ...['limits', '--store', 'lmdb', '--objects', '300', '--watchers', '5', '--secs', '0.3', '--rounds', '1', '--json'],
  )
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const { rows } = JSON.parse(stdout) as {
    rows: { part: string; what: string; value: number; limit?: number; met?: boolean }[]
  }
  const judged = rows.filter(({ limit }) => limit !== undefined)
  expect(new Set(judged.map(({ part }) => part))).toEqual(
    new Set(['cache', 'lists', 'ready', 'loop', 'fairness', 'watchers']),
  )
  for (const { value, limit = 0, met } of judged) expect(met).toBe(value <= limit)
  expect(rows.find(({ what }) => what.startsWith('writes meanwhile'))?.value).toBeGreaterThan(0)
}, 180_000)

test('a soak says what memory did', async () => {
  const { code, stdout, stderr } = await bench('soak', '--minutes', '0.02', '--watchers', '2')
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^\d+ requests, p99 /m)
  expect(stdout).toMatch(code === 0 ? /: flat\n$/ : /: NOT flat\n$/)
}, 180_000)

test.each([
  [['--fast'], 'unknown flag --fast: --help lists the known ones\n'],
  [['--secs', 'x'], '--secs "x" is not a number from 0.05 to 3600\n'],
  [['--rounds', '1.5'], '--rounds "1.5" is not a whole number from 1 to 99\n'],
  [
    ['--only', 'get,fly'],
    '--only "fly" is none of get, get256, get0, list, listwrites, create, put, patch, update, fresh, watch\n',
  ],
  [['limits', '--only', 'get'], '--only "get" is none of cache, fairness, lists, loop, ready, watchers, workers\n'],
  [['limits', '--mount', 'use'], '--mount means nothing to limits\n'],
  [['--objects', '5'], '--objects means nothing to rates\n'],
  [['--foreign', '--store', 'lmdb,etcd'], '--foreign is about etcd: nobody else writes into lmdb\n'],
  [['--foreign=1'], '--foreign takes no value\n'],
  [['soak', '--minutes', '1', '--secs', '1'], '--minutes and --secs exclude each other\n'],
  [['soak', '--store', 'lmdb,etcd'], 'soak takes one --store at a time\n'],
  [['--store'], '--store needs a value\n'],
  [['soak', '--json'], '--json means nothing to soak\n'],
  [['routing', '--fast'], 'unknown flag --fast: --help lists the known ones\n'],
  [['sprint'], 'unexpected argument "sprint": flags begin with --\n'],
])('%j is refused with one line', async (args, line) => {
  expect(await bench(...args)).toEqual({ code: 2, stdout: '', stderr: line })
})

/** The parts of one answer in chunks. */
const chunked = 'a\r\n0123456789\r\n1;x=y\r\n!\r\n0\r\nTrailer: t\r\n\r\n'

test('a body in chunks is read to its end, wherever reads cut it', async () => {
  const { ChunkedBody } = await plain('load/chunked-body.mjs')
  for (let cut = 1; cut < chunked.length; cut++) {
    const parts: string[] = []
    const body = new ChunkedBody((bytes: Buffer) => parts.push(bytes.toString()))
    expect(body.read(Buffer.from(chunked.slice(0, cut)))).toBe(false)
    expect(body.read(Buffer.from(chunked.slice(cut)))).toBe(true)
    expect([parts.join(''), body.length]).toEqual(['0123456789!', 11])
  }
  const broken = new ChunkedBody(() => undefined)
  expect(() => broken.read(Buffer.from('no size\r\n'))).toThrow('a chunk without a size')
})

test('the load client takes an answer in chunks', async () => {
  expect((await load((_req, res) => res.write('o') && res.end('k'), [2, 2])).answers).toBeGreaterThan(0)
})

test('a watcher counts every event, wherever reads cut its mark', async () => {
  const { Watcher } = await plain('load/watcher.mjs')
  const line = '{"type":"ADDED","object":{"metadata":{"name":"e1"}}}\n'
  for (const size of [1, 3, 7, 60]) {
    const server = createTcpServer(async (socket) => {
      socket.setNoDelay(true).write('HTTP/1.1 200 OK\r\n\r\n')
      for (let at = 0; at < line.length; at += size) {
        socket.write(line.slice(at, at + size))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      socket.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    let events = 0
    await new Promise((resolve) => {
      new Watcher((server.address() as AddressInfo).port, '/', () => events++, resolve)
    })
    server.close()
    expect(events, `reads of ${size} bytes`).toBe(1)
  }
})

test('a lane that must read what it wrote ends when it does not', async () => {
  const { requests } = await plain('load/requests.mjs')
  const next = requests.fresh({ path: '/', name: 'o' })
  const patch = next()
  const n = /"n":"(\d+)"/.exec(patch.text)?.[1]
  next()
  expect(next(Buffer.from(`{"n":"${n}"}`)).part).toBe(true)
  next()
  expect(() => next(Buffer.from(`{"n":"${n}"}`))).toThrow('a read of o did not show what was written before')
})

test('the load client counts right answers, and ends at a wrong status or length', async () => {
  const right = await load((_req, res) => res.setHeader('Content-Length', 2).end('ok'), [2, 2])
  expect(right.answers).toBeGreaterThan(0)
  await expect(load((_req, res) => res.writeHead(500, { 'Content-Length': 2 }).end('no'), [2, 2])).rejects.toThrow(
    'read was answered 500, not 200',
  )
  await expect(load((_req, res) => res.setHeader('Content-Length', 3).end('abc'), [2, 2])).rejects.toThrow(
    'read got 3 bytes, not 2 to 2',
  )
})
