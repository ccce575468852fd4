import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildTimeoutMs, ensureBuilt, runExample, startExample } from '../support/cli.js'
import { kubectl, kubectlBinaries } from '../support/kubectl.js'
import { openWatch, send } from '../support/server.js'

const scratch = mkdtempSync(join(tmpdir(), 'express-apiserver-commands-'))
const flunders = '/apis/wardle.example.com/v1alpha1/namespaces/default/flunders'

beforeAll(ensureBuilt, buildTimeoutMs)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('npm start', () => {
  test('tells its address, where the data is, and three commands to try', async () => {
    const server = await startExample([])
    expect(server.output()).toContain(`sample-apiserver on ${server.url}\n`)
    expect(server.output()).toMatch(/^data: \/.* \(temporary, removed on exit; keep it with --data DIR\)$/m)
    expect(server.output().match(/^ {2}kubectl --server http:\/\/127\.0\.0\.1:\d+ /gm)).toHaveLength(3)
    await server.stop()
  })

  for (const binary of kubectlBinaries)
    test.runIf(binary.there)(`the commands it prints work with ${binary.name}`, async () => {
      const server = await startExample([])
      const k = kubectl(binary, server.url, join(scratch, binary.name.replaceAll(/\W/g, '-')))
      const root = join(import.meta.dirname, '../..')
      const printed = [...server.output().matchAll(/^ {2}kubectl --server \S+ (.*)$/gm)].map((match) => match[1] ?? '')
      expect(printed).toHaveLength(3)
      for (const command of printed) {
        const args = command.split(' ').map((arg) => (arg.startsWith('examples/') ? join(root, arg) : arg))
        expect(await k.ok(args)).not.toBe('')
      }
      await server.stop()
    })

  test('a temporary store is gone after SIGTERM, which ends watches and exits with 0', async () => {
    const server = await startExample([])
    const folder = /^data: (\/\S+)/m.exec(server.output())?.[1] ?? ''
    expect(existsSync(folder)).toBe(true)
    const watch = await openWatch(`${server.url}${flunders}?watch=true`)
    const exit = await server.stop('SIGTERM')
    await watch.ended
    expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(existsSync(folder)).toBe(false)
  })

  test('a SIGTERM to npm ends the server behind it', async () => {
    const root = join(import.meta.dirname, '../..')
    const npm = spawn('npm', ['start', '--', '--port', '0'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
    let output = ''
    npm.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    // The server holds the pipe until it is gone, whatever npm does.
    const gone = new Promise((resolve) => npm.stdout.once('close', resolve))
    const folder = await vi.waitFor(() => {
      const match = /^data: (\/\S+).*\ntry:/m.exec(output)
      if (!match?.[1]) throw new Error(`npm start printed ${output}`)
      return match[1]
    }, 60_000)
    npm.kill('SIGTERM')
    await gone
    expect(existsSync(folder)).toBe(false)
  }, 90_000)

  test('SIGINT drains as SIGTERM does', async () => {
    const server = await startExample([])
    expect(await server.stop('SIGINT')).toMatchObject({ code: 0, signal: null })
  })

  test('a folder given with --data is kept and served again', async () => {
    const folder = join(scratch, 'kept')
    const first = await startExample(['--data', folder])
    const made = await send(`${first.url}${flunders}`, { body: { metadata: { name: 'kept' } } })
    expect(made.status, made.text).toBe(201)
    await first.stop()
    expect(readdirSync(folder).length).toBeGreaterThan(0)
    const second = await startExample(['--data', folder])
    expect((await send(`${second.url}${flunders}/kept`)).json()).toEqual(made.json())
    await second.stop()
  })

  test('a folder that another process holds is refused in one line', async () => {
    const folder = join(scratch, 'held')
    const holder = await startExample(['--data', folder])
    const { code, stderr } = await runExample(['--data', folder, '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^cannot start: .*\n$/)
    await holder.stop()
  })

  test.each(['front', 'use'])('mounted by %s it serves API and index', async (mount) => {
    const server = await startExample(['--mount', mount])
    expect((await send(`${server.url}/apis`)).json()).toMatchObject({ kind: 'APIGroupList' })
    expect((await send(`${server.url}/readyz`)).text).toBe('ok')
    expect((await send(`${server.url}/nowhere`)).status).toBe(404)
    await server.stop()
  })

  test.each([
    [['--bogus'], 'unknown flag --bogus: --help lists the known ones\n'],
    [['--port', 'many'], '--port "many" is not a number from 0 to 65535\n'],
    [
      ['--example', 'none'],
      'no example "none": there are sample-apiserver, existing-app, hello-restful, process-metrics, user-service\n',
    ],
  ])('%j is refused in one line with exit code 2', async (args, line) => {
    expect(await runExample(args)).toMatchObject({ code: 2, stdout: '', stderr: line })
  })

  test('a port in use is told in one line with exit code 1', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const { code, stderr } = await runExample(['--port', String(port)])
    taken.close()
    expect(code).toBe(1)
    expect(stderr).toBe(`port ${port} of 127.0.0.1 is in use: choose another with --port N (0 = any free one)\n`)
  })

  test('--help lists the flags and serves nothing', async () => {
    const { code, stdout } = await runExample(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('--etcd-servers')
  })
})
