import { spawn } from 'node:child_process'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { ensureBuilt } from '../support/cli.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

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
  // Plain JavaScript, whose types are not this program's.
  const file = new URL('../../bench/load/drive.mjs', import.meta.url).href
  const { drive } = await import(file)
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

beforeAll(ensureBuilt, 120_000)

test('every case is measured on every server, and ratios are quotients of the rates', async () => {
  const flags = ['--secs', '0.1', '--rounds', '1', '--conns', '4', '--watchers', '3']
  const { code, stdout, stderr } = await bench(...flags, '--store', 'lmdb', '--json')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const { rows } = JSON.parse(stdout) as { rows: Row[] }
  expect([...new Set(rows.map((row) => row.case))]).toEqual(['get', 'get0', 'list', 'create', 'put', 'patch', 'watch'])
  expect([...new Set(rows.map((row) => row.server))]).toEqual(['node:http', 'Express', 'lmdb front', 'lmdb use'])
  expect(rows).toHaveLength(28)
  for (const row of rows) {
    expect(row.rate, `${row.case} of ${row.server}`).toBeGreaterThan(0)
    expect(row.p99).toBeGreaterThanOrEqual(row.p50)
    expect(row.rounds).toHaveLength(1)
    if (!row.store) continue
    const base = rows.find((other) => other.case === row.case && other.server === row.of)
    expect(row.of).toBe(row.mount === 'front' ? 'node:http' : 'Express')
    expect(row.ratio).toBe(row.rate / (base?.rate ?? 0))
  }
}, 120_000)

test('a table names its cases, and the servers that were asked for alone', async () => {
  const { code, stdout } = await bench(
    ...['--secs', '0.05', '--rounds', '1', '--conns', '2', '--only', 'get', '--store', 'lmdb', '--mount', 'front'],
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(/^GET, 2 connections\n/)
  expect(stdout).toMatch(/^ {2}lmdb front .+ of node:http$/m)
  expect(stdout).not.toContain('Express')
}, 60_000)

test('a soak says what memory did', async () => {
  const { code, stdout, stderr } = await bench('soak', '--secs', '1', '--watchers', '2')
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^\d+ requests, p99 /m)
  expect(stdout).toMatch(code === 0 ? /: flat\n$/ : /: NOT flat\n$/)
}, 60_000)

test.each([
  [['--fast'], 'unknown flag --fast: --help lists the known ones\n'],
  [['--secs', 'x'], '--secs "x" is not a number from 0.05 to 3600\n'],
  [['--rounds', '1.5'], '--rounds "1.5" is not a whole number from 1 to 99\n'],
  [['--only', 'get,fly'], '--only "fly" is none of get, get0, list, create, put, patch, watch\n'],
  [['--store'], '--store needs a value\n'],
  [['soak', '--json'], '--json means nothing to soak\n'],
  [['routing', '--fast'], 'unknown flag --fast: --help lists the known ones\n'],
  [['sprint'], 'unexpected argument "sprint": flags begin with --\n'],
])('%j is refused with one line', async (args, line) => {
  expect(await bench(...args)).toEqual({ code: 2, stdout: '', stderr: line })
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
