import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fileVersions, watchFiles } from '../../lib/runtime/watch-files.js'

let folder: string
let file: string
let stop = () => {}
/** What was taken, or why not. */
let told: string[]
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  folder = mkdtempSync(join(tmpdir(), 'express-apiserver-files-'))
  file = join(folder, 'file')
  writeFileSync(file, 'one')
  told = []
})
afterEach(() => {
  stop()
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

let loads = 0
function watch(path = file, intervalMs = 1_000): void {
  loads = 0
  let taken = ''
  stop = watchFiles([path], fileVersions([path]), {
    intervalMs,
    load() {
      loads++
      const text = readFileSync(path, 'utf8')
      if (text.startsWith('bad')) throw new Error(text)
      taken = text
    },
    done: (err) =>
      told.push(err === undefined ? taken : ((err as NodeJS.ErrnoException).code ?? (err as Error).message)),
  })
}
const look = () => vi.advanceTimersByTime(1_100)

test('files that stay the same are not read', () => {
  watch()
  for (let i = 0; i < 5; i++) look()
  expect([loads, told]).toEqual([0, []])
})

test('a file that is written anew is taken', () => {
  watch()
  writeFileSync(file, 'two')
  look()
  writeFileSync(file, 'three')
  look()
  expect(told).toEqual(['two', 'three'])
})

test('a file that changed before it was watched is taken too', () => {
  const before = fileVersions([file])
  writeFileSync(file, 'two, later')
  stop = watchFiles([file], before, { intervalMs: 1_000, load: () => {}, done: () => told.push('taken') })
  look()
  expect(told).toEqual(['taken'])
})

test('a file that is renamed into place is taken', () => {
  watch()
  writeFileSync(`${file}.new`, 'two')
  renameSync(`${file}.new`, file)
  look()
  expect(told).toEqual(['two'])
})

test('a file behind links is taken when they are swapped, as in a mounted secret', () => {
  for (const version of ['1', '2']) {
    mkdirSync(join(folder, `..${version}`))
    writeFileSync(join(folder, `..${version}`, 'token'), version)
  }
  const swap = (version: string) => {
    symlinkSync(`..${version}`, join(folder, '..tmp'))
    renameSync(join(folder, '..tmp'), join(folder, '..data'))
  }
  swap('1')
  symlinkSync(join('..data', 'token'), join(folder, 'token'))
  watch(join(folder, 'token'))
  swap('2')
  look()
  swap('1')
  look()
  expect(told).toEqual(['2', '1'])
})

test('a file that is being written is taken when it is whole', () => {
  watch()
  writeFileSync(file, '')
  vi.advanceTimersByTime(1_050)
  writeFileSync(file, 'two')
  vi.advanceTimersByTime(50)
  expect(told).toEqual([])
  vi.advanceTimersByTime(100)
  expect(told).toEqual(['two'])
})

test('a file that cannot be used is told of once, and tried until it can be', () => {
  watch()
  writeFileSync(file, 'bad')
  for (let i = 0; i < 3; i++) look()
  expect(told).toEqual(['bad'])
  expect(loads).toBeGreaterThan(1)
  writeFileSync(file, 'bad again')
  look()
  writeFileSync(file, 'good')
  look()
  expect(told).toEqual(['bad', 'bad again', 'good'])
})

test('a file that is gone is told of, and taken when it is back', () => {
  watch()
  unlinkSync(file)
  look()
  writeFileSync(file, 'back')
  look()
  expect(told).toEqual(['ENOENT', 'back'])
})

test('a file that may not be looked at does not end the looking', () => {
  const link = join(folder, 'loop')
  writeFileSync(link, 'one')
  watch(link)
  unlinkSync(link)
  symlinkSync('loop', link)
  look()
  unlinkSync(link)
  writeFileSync(link, 'two')
  chmodSync(link, 0o600)
  look()
  expect(told).toEqual(['ELOOP', 'two'])
})

test('nothing is looked at any more when it is ended, or an interval of 0 says so', () => {
  watch()
  stop()
  writeFileSync(file, 'two')
  look()
  watch(file, 0)
  expect(vi.getTimerCount()).toBe(0)
  expect(told).toEqual([])
})

test('whoever is told can end it', () => {
  stop = watchFiles([file], 'before', {
    intervalMs: 1_000,
    load() {},
    done() {
      told.push('taken')
      stop()
    },
  })
  look()
  look()
  expect([told, vi.getTimerCount()]).toEqual([['taken'], 0])
})
