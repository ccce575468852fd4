// A real etcd on loopback, with its data in a temporary folder.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const START_LIMIT_MS = 30_000

export const hasEtcd = () =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'etcd')))

/** @returns {Promise<{ url: string, stop(): Promise<void> }>} once it is healthy */
export async function startEtcd() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-etcd-'))
  const [client, peer] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`)
  const flags = [
    `--data-dir=${folder}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--logger=zap',
    '--log-level=error',
  ]
  const etcd = spawn('etcd', flags, { stdio: 'ignore' })
  const remove = () => {
    etcd.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', remove)
  await waitHealthy(client, etcd)
  const stop = async () => {
    process.off('exit', remove)
    const ended = once(etcd, 'exit')
    if (etcd.kill()) await ended
    remove()
  }
  return { url: client, stop }
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function waitHealthy(url, child) {
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end && child.exitCode === null; await sleep(50)) {
    const body = await fetch(`${url}/health`).then(
      (answer) => answer.text(),
      () => '',
    )
    if (body.includes('true')) return
  }
  throw new Error('etcd did not start')
}
