// Replays recorded answers of the reference implementations against this checkout, and holds the number of steps that
// pass to the floor in floors.json. The floor only rises: a run below it fails, a run above says what to write there.
//   node .ci/replays.mjs DIR        DIR holds conformance/run.mjs and routing/replay.mjs; what is not there is left out
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const shared = resolve(process.argv[2] ?? '../shared')
const floors = JSON.parse(readFileSync(new URL('floors.json', import.meta.url), 'utf8'))
const replayLimit = 5 * 60_000
const startLimit = 60_000
const children = new Set()
const scratch = mkdtempSync(join(tmpdir(), 'express-apiserver-ci-'))
const sum = { passed: 0, failed: 0 }

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(scratch, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

function start(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  child.log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (child.log += data))
  child.ended = new Promise((done) => {
    child.once('error', (error) => (child.log += error.message))
    child.once('close', () => done(children.delete(child)))
  })
  return child
}

/** Waits for a line of the child's output; undefined when it ended or took too long. */
async function said(child, pattern) {
  const until = Date.now() + startLimit
  while (Date.now() < until && children.has(child)) {
    const match = pattern.exec(child.log)
    if (match) return match
    await new Promise((tick) => setTimeout(tick, 50))
  }
  return undefined
}

async function stop(child) {
  child.kill('SIGTERM')
  const cut = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await child.ended
  clearTimeout(cut)
}

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })

/** Runs a replay and holds it to its floor; the steps known to fail above the floor are told, not counted as failures. */
async function replay(name, args) {
  console.log(`replaying ${name}`)
  const child = start(process.execPath, args)
  const cut = setTimeout(() => child.kill('SIGKILL'), replayLimit)
  await child.ended
  clearTimeout(cut)
  const counts = /^(\d+) passed, (\d+) failed$/m.exec(child.log.trimEnd().split('\n').at(-1) ?? '')
  if (!counts) return fail(`${name}: the replay ended without a sum\n${child.log.slice(-2000)}`)
  const [passed, failed] = [Number(counts[1]), Number(counts[2])]
  const floor = floors[name] ?? 0
  sum.passed += passed
  console.log(`${name}: ${passed} of ${passed + failed} steps pass, the floor is ${floor}`)
  for (const line of child.log.split('\n')) if (/^not ok /.test(line)) console.log(`  ${line}`)
  if (passed < floor) {
    console.log(child.log.split('\n').filter((line) => /^(FAIL| {5})/.test(line)).slice(0, 80).join('\n'))
    sum.failed += floor - passed
  } else if (passed > floor) console.log(`${name}: the floor can rise to ${passed} (.ci/floors.json)`)
}

function fail(why) {
  console.log(`FAILED: ${why}`)
  sum.failed++
}

async function conformance(store, flags) {
  const name = `conformance wardle on ${store}`
  const server = start(process.execPath, ['scripts/start.mjs', '--port', '0', ...flags])
  const url = await said(server, / on (http:\S+)/)
  if (!url) fail(`${name}: the server did not start\n${server.log.slice(-2000)}`)
  else await replay(name, [join(shared, 'conformance/run.mjs'), '--base', url[1], '--kind', 'wardle'])
  await stop(server)
}

async function withEtcd(body) {
  const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`)
  const urls = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer]
  const cluster = ['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`]
  const etcd = start('etcd', ['--data-dir', join(scratch, 'etcd'), ...urls, ...cluster])
  if (await said(etcd, /ready to serve client requests/)) await body(client)
  else fail(`etcd did not start\n${etcd.log.slice(-2000)}`)
  await stop(etcd)
}

/** The same recordings with every name changed, against a server with the same names changed: nothing may be fitted to names. */
async function renamed() {
  const name = 'conformance wardle renamed'
  const server = start(process.execPath, ['test/conformance/twin-server.mjs', '--port', '0'])
  const url = await said(server, / on (http:\S+)/)
  if (!url) fail(`${name}: the server did not start\n${server.log.slice(-2000)}`)
  else await replay(name, ['test/conformance/replay-renamed.mjs', '--base', url[1], '--shared', shared])
  await stop(server)
}

if (existsSync(join(shared, 'conformance/run.mjs'))) {
  await conformance('lmdb', ['--data', join(scratch, 'lmdb')])
  await withEtcd((url) => conformance('etcd', ['--etcd-servers', url]))
  await renamed()
}
if (existsSync(join(shared, 'routing/replay.mjs')))
  await replay('routing', [join(shared, 'routing/replay.mjs'), '--project', root])

console.log(`${sum.passed} passed, ${sum.failed} failed`)
process.exit(sum.failed > 0 ? 1 : 0)
