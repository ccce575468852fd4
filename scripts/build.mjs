// Compiles lib/ to dist/ and examples/ to .cache/examples/, each only when its sources changed since the last time: of lib/
// the types file by file, and the code joined into a few modules.
// Node 20 runs no TypeScript; the compiled examples find `express-apiserver` as any program inside the package does.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, run } from './run.mjs'

const configs = ['package-lock.json', 'tsconfig.json', 'scripts/bundle.mjs']
const units = [
  { name: 'lib', sources: ['lib'], config: 'tsconfig.build.json', out: 'dist', bundle: 'scripts/bundle.mjs' },
  { name: 'examples', sources: ['examples', 'lib'], config: 'tsconfig.examples.json', out: '.cache/examples' },
]

const filesIn = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

function fingerprint(unit) {
  const hash = createHash('sha256')
  const sources = unit.sources.flatMap(filesIn).filter((file) => file.endsWith('.ts'))
  for (const file of [...sources.sort(), ...[...configs, unit.config].map((name) => join(root, name))])
    hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** Removes what an earlier build left and this one did not write, so that a deleted module is gone. */
function sweep(unit, before) {
  for (const file of filesIn(unit.out)) if (statSync(file).mtimeMs < before) rmSync(file)
}

/** @returns {boolean} whether dist/ and .cache/examples/ now stand for the sources */
export function build({ force = false } = {}) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  mkdirSync(join(root, '.cache'), { recursive: true })
  for (const unit of units) {
    const stamp = join(root, '.cache', `${unit.name}.built`)
    const wanted = fingerprint(unit)
    const fresh = existsSync(stamp) && existsSync(join(root, unit.out)) && readFileSync(stamp, 'utf8') === wanted
    if (fresh && !force) continue
    console.log(`building ${unit.name}`)
    const before = Date.now() - 1000
    if (!run(process.execPath, [tsc, '-p', unit.config])) return false
    if (unit.bundle && !run(process.execPath, [unit.bundle])) return false
    sweep(unit, before)
    writeFileSync(stamp, wanted)
  }
  return true
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = build({ force: process.argv.includes('--force') }) ? 0 : 1
