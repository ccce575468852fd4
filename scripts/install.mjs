// Installs the npm packages of the lockfile when they are missing or others than the lockfile's.
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, run } from './run.mjs'

const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages ?? {}

/** npm keeps a copy of what it installed in node_modules; times of files would lie after a checkout. */
function stale() {
  const installedFile = 'node_modules/.package-lock.json'
  if (!existsSync(join(root, installedFile))) return true
  const installed = packagesOf(installedFile)
  return Object.entries(packagesOf('package-lock.json')).some(([path, wanted]) => {
    if (path === '' || wanted.link) return false
    const found = installed[path]
    // Binaries for other platforms are optional and rightly absent.
    if (!found) return !wanted.optional && !wanted.peer
    return found.version !== wanted.version
  })
}

/** Behind a link are somebody else's packages: npm would empty his folder to install ours. */
const isLink = (path) => lstatSync(join(root, path), { throwIfNoEntry: false })?.isSymbolicLink() === true

/** @returns {boolean} whether the packages are there */
export function installPackages() {
  if (isLink('node_modules')) return true
  if (!stale()) return true
  console.log('installing the packages of package-lock.json (npm ci)')
  return run('npm', ['ci'], { shell: process.platform === 'win32' })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = installPackages() ? 0 : 1
