// The sample API server as a user starts it: the compiled example's command line.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const PROGRAM = "import('./.cache/examples/main.js').then((m) => m.main(process.argv.slice(1)))"

const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * @param {readonly string[]} flags
 * @returns once it tells its address: that, all its processes, and when it was started (`performance.now()`)
 */
export async function startExample(flags) {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['-e', PROGRAM, '--', '--port', '0', ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  running.add(child)
  let output = ''
  const ended = once(child, 'close').then(() => running.delete(child))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const port = await new Promise((resolve, reject) => {
    const look = (text) => {
      output += text
      const found = / on http:\/\/\S+:(\d+)\n(?:.*\n)*try:/.exec(output)
      if (found) resolve(Number(found[1]))
    }
    child.stdout.setEncoding('utf8').on('data', look)
    child.stderr.setEncoding('utf8').on('data', look)
    ended.then(() => reject(new Error(`the example ended: ${output.trim()}`)))
  })
  const workers = /^workers: \d+ \(processes ([\d, ]+)\)$/m.exec(output)?.[1]
  return { port, pids: [child.pid, ...(workers?.split(', ').map(Number) ?? [])], startedAt, stop }
}

/** The flags that say where a store is. */
export const storeFlags = (store, [where, prefix]) =>
  store === 'lmdb' ? ['--data', where] : ['--etcd-servers', where, '--etcd-prefix', prefix]
