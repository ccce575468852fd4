import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A project of somebody who installed the package: the packed tarball, its dependencies beside it, nothing else. */
export interface Consumer {
  readonly folder: string
  write(name: string, text: string): void
  /** Runs `node` with these arguments in the folder. */
  node(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
  remove(): void
}

/** Packs what is built and unpacks it as npm would install it; no registry is asked. */
export function installTarball(): Consumer {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'express-apiserver-consumer-')))
  const installed = join(folder, 'node_modules', 'express-apiserver')
  mkdirSync(installed, { recursive: true })
  must('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  must('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1'])
  for (const name of dependencyNames()) link(name, folder)
  const consumer = { type: 'module', private: true, dependencies: { 'express-apiserver': '*' } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(consumer))
  return {
    folder,
    write: (name, text) => writeFileSync(join(folder, name), text),
    node: (...args) => spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What `npm install express-apiserver express typescript @types/node @types/express` would bring. */
function dependencyNames(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }
  return [...Object.keys(dependencies), 'express', '@types/node', '@types/express']
}

function link(name: string, folder: string): void {
  const target = join(folder, 'node_modules', name)
  mkdirSync(dirname(target), { recursive: true })
  symlinkSync(join(root, 'node_modules', name), target, 'dir')
}

function must(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
}
