import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, runExample, startExample } from '../support/cli.js'
import { type EtcdCluster, startEtcd } from '../support/etcd.js'
import { openWatch, send } from '../support/server.js'

let etcd: EtcdCluster
let prefixes = 0

beforeAll(async () => {
  ensureBuilt()
  etcd = await startEtcd()
}, buildTimeoutMs)
afterAll(() => etcd.dispose())

const storeFlags = () => ['--etcd-servers', etcd.endpoints.join(','), '--etcd-prefix', `/workers-${++prefixes}`]
const flunders = (server: ExampleProcess) =>
  `${server.url}/apis/wardle.example.com/v1alpha1/namespaces/default/flunders`

function pidsOf(server: ExampleProcess): number[] {
  const listed = /^workers: \d+ \(processes ([\d, ]+)\)$/m.exec(server.output())?.[1] ?? ''
  return listed.split(', ').map(Number)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('workers share the port, and each sees at once what another has written', async () => {
  const server = await startExample([...storeFlags(), '--workers', '2'])
  const pids = pidsOf(server)
  expect(new Set(pids).size).toBe(2)
  expect(pids).not.toContain(server.pid)
  for (const name of ['a', 'b', 'c', 'd']) {
    const made = await send(flunders(server), { body: { metadata: { name } } })
    expect(made.status, made.text).toBe(201)
    // Each on a connection of its own, which either worker may take.
    const reads = await Promise.all(Array.from({ length: 16 }, () => send(`${flunders(server)}/${name}`)))
    for (const read of reads) expect(read.json()).toEqual(made.json())
  }
  await server.stop()
})

test('a worker that dies is replaced on the same port, and the death is told in one line', async () => {
  const server = await startExample([...storeFlags(), '--workers', '1'])
  const [pid = 0] = pidsOf(server)
  const made = await send(flunders(server), { body: { metadata: { name: 'kept' } } })
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(async () => expect((await send(`${flunders(server)}/kept`)).json()).toEqual(made.json()), {
    timeout: 20_000,
    interval: 50,
  })
  const { code, stderr } = await server.stop()
  expect(code).toBe(0)
  expect(stderr).toBe(`worker ${pid} ended (SIGKILL): another one starts in 100 ms\n`)
})

test('deaths in a row are answered more slowly each time', async () => {
  const server = await startExample([...storeFlags(), '--workers', '1'])
  await etcd.stop()
  try {
    process.kill(pidsOf(server)[0] ?? 0, 'SIGKILL')
    // Without its etcd a worker cannot start, and ends by itself.
    await vi.waitFor(() => expect(server.output()).toMatch(/ in 100 ms\n[\s\S]* in 200 ms\n[\s\S]* in 400 ms\n/), {
      timeout: 80_000,
    })
  } finally {
    await etcd.restart()
    await server.stop()
  }
}, 90_000)

test('SIGTERM ends watches, all workers and the process with 0', async () => {
  const server = await startExample([...storeFlags(), '--workers', '3'])
  const watches = await Promise.all([1, 2, 3].map(() => openWatch(`${flunders(server)}?watch=true`)))
  const exit = await server.stop('SIGTERM')
  await Promise.all(watches.map(({ ended }) => ended))
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' })
  expect(pidsOf(server).filter(isRunning)).toEqual([])
})

test('workers end when their primary is killed', async () => {
  const server = await startExample([...storeFlags(), '--workers', '2'])
  await server.stop('SIGKILL')
  await vi.waitFor(() => expect(pidsOf(server).filter(isRunning)).toEqual([]), { timeout: 20_000 })
})

test('workers that cannot start say why once, and the process ends with 1', async () => {
  const holder = await startExample(storeFlags())
  const port = new URL(holder.url).port
  const { code, stdout, stderr } = await runExample([...storeFlags(), '--port', port, '--workers', '2'])
  await holder.stop()
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: `port ${port} of 127.0.0.1 is in use: choose another with --port N (0 = any free one)\n`,
  })
})

test.each([[[]], [['--data', './never-made']]])('without etcd workers are refused in one line: %j', async (flags) => {
  const refused = await runExample([...flags, '--workers', '2'])
  rmSync('./never-made', { recursive: true, force: true })
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    stderr: '--workers needs --etcd-servers: the embedded store (LMDB) belongs to one process at a time\n',
  })
})
