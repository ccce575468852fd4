import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
const upwards = [
  ['meta', 'storage'],
  ['runtime', 'registry'],
  ['storage', 'restful'],
  ['registry', 'endpoints'],
  ['restful', 'meta'],
  ['endpoints', 'server'],
] as const

let copy: string
let report: string
let status: number | null

// Planted in a copy: a killed test leaves the sources as they were.
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'express-apiserver-rooms-'))
  cpSync(join(root, 'lib'), join(copy, 'lib'), { recursive: true })
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
    cpSync(join(root, name), join(copy, name))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir')
  for (const [room, above] of upwards) {
    plant(`${above}/planted-above-${room}.ts`, 'export const planted = 1\n')
    plant(`${room}/planted.ts`, `export { planted } from '../${above}/planted-above-${room}.js'\n`)
  }
  plant('server/planted-type.ts', 'export interface Planted {}\n')
  plant(
    'meta/planted-type.ts',
    "import type { Planted } from '../server/planted-type.js'\nexport const planted: Planted = {}\n",
  )
  plant('meta/planted-a.ts', "import { b } from './planted-b.js'\nexport const a = () => b\n")
  plant('meta/planted-b.ts', "import { a } from './planted-a.js'\nexport const b = () => a\n")
  plant('meta/planted-orphan.ts', 'export const orphan = 1\n')
  plant('runtime/planted-unresolved.ts', "export { nothing } from './not-there.js'\n")
  const args = [depcruise, '--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'lib']
  const env = { ...process.env, NO_COLOR: '1' }
  const run = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', env })
  report = run.stdout
  status = run.status
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

function plant(path: string, text: string): void {
  writeFileSync(join(copy, 'lib', path), text)
}

test('forbidden imports make the lint fail', () => {
  expect(status).toBeGreaterThan(0)
})

test.each(upwards)('an import from %s up to %s is forbidden', (room, above) => {
  expect(report).toContain(
    `error ${room}-imports-downwards: lib/${room}/planted.ts → lib/${above}/planted-above-${room}.ts`,
  )
})

test('the import of a type upwards is forbidden too', () => {
  expect(report).toContain('error meta-imports-downwards: lib/meta/planted-type.ts')
})

test('a circle inside a room is forbidden', () => {
  expect(report).toContain('error no-circles: lib/meta/planted-a.ts')
})

test('a module that nothing imports is forbidden, and so is an import of what is not there', () => {
  expect(report).toContain('error no-orphans: lib/meta/planted-orphan.ts')
  expect(report).toContain('error no-unresolved: lib/runtime/planted-unresolved.ts')
})
