// The programs that some suites need: etcd, strace, Chromium, and the kubectl of Debian 12 beside whichever is installed.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { capture, run } from './run.mjs'

export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'express-apiserver')
export const oldKubectl = join(cacheFolder, 'kubectl-1.20')

const onPath = (name) => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
const isDebianRoot = () => existsSync('/etc/debian_version') && process.getuid?.() === 0 && onPath('apt-get')

let refreshed = false
/** Package lists are fetched once, and only when something has to be installed. */
function refreshLists() {
  if (!refreshed) refreshed = run('apt-get', ['update', '-q'])
  return refreshed
}

function aptInstall(name) {
  if (!isDebianRoot()) return false
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  return refreshLists() && run('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], environment)
}

/** Unpacked into the cache and never installed: a newer kubectl of the user's stays what `kubectl` means. */
function unpackKubectl() {
  if (!existsSync('/etc/debian_version') || !onPath('apt-get') || !onPath('dpkg')) return false
  mkdirSync(cacheFolder, { recursive: true })
  const folder = mkdtempSync(join(cacheFolder, 'unpack-'))
  const download = () => run('apt-get', ['download', '-q', 'kubernetes-client'], { cwd: folder })
  try {
    if (!download() && !(isDebianRoot() && refreshLists() && download())) return false
    const archive = readdirSync(folder).find((name) => name.endsWith('.deb'))
    const unpacked = join(folder, 'usr/bin/kubectl')
    if (!archive || !run('dpkg', ['-x', join(folder, archive), folder]) || !existsSync(unpacked)) return false
    const version = capture(unpacked, ['version', '--client', '--short'])
    if (!version?.includes('v1.20.')) return false
    chmodSync(unpacked, 0o755)
    renameSync(unpacked, oldKubectl)
    return true
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const tools = [
  {
    name: 'etcd',
    there: () => onPath('etcd'),
    install: () => aptInstall('etcd-server'),
    hint: 'install etcd 3.4 or newer so that `etcd` is on PATH (Debian: apt-get install etcd-server)',
    suites: 'everything that runs against etcd',
    // A suite whose text has this needs the tool; those that can do without skip their part themselves.
    mark: '/support/etcd.js',
  },
  {
    name: 'strace',
    there: () => process.platform !== 'linux' || onPath('strace'),
    install: () => aptInstall('strace'),
    hint: 'install strace (Debian: apt-get install strace)',
    suites: 'the trace of flushes before answers',
    mark: "'strace'",
  },
  {
    name: 'kubectl 1.20',
    there: () => existsSync(oldKubectl),
    install: unpackKubectl,
    hint: `put a kubectl of version 1.20 at ${oldKubectl}`,
    suites: 'kubectl 1.20 end to end',
  },
  {
    name: 'chromium',
    there: () => onPath('chromium'),
    install: () => aptInstall('chromium'),
    hint: 'install Chromium so that `chromium` is on PATH (Debian: apt-get install chromium)',
    suites: 'pages in a real browser',
    mark: "'playwright-core'",
  },
]

/** @returns {{ name: string, hint: string, suites: string, mark?: string }[]} what is still missing after trying to install it */
export function installTools() {
  return tools.filter((tool) => {
    if (tool.there()) return false
    console.log(`${tool.name} is missing: trying to install it`)
    return !tool.install() || !tool.there()
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const missing = installTools()
  for (const tool of missing) console.error(`${tool.name} is missing: ${tool.hint}`)
  process.exitCode = missing.length > 0 ? 1 : 0
}
