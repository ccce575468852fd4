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
const look = () => vi.advanceTimersByTimeAsync(1_100)

test('files that stay the same are not read', async () => {
  watch()
  for (let i = 0; i < 5; i++) await look()
  expect([loads, told]).toEqual([0, []])
})

test('a file that is written anew is taken', async () => {
  watch()
  writeFileSync(file, 'two')
  await look()
  writeFileSync(file, 'three')
  await look()
  expect(told).toEqual(['two', 'three'])
})

test('a file that changed before it was watched is taken too', async () => {
  const before = fileVersions([file])
  writeFileSync(file, 'two, later')
  stop = watchFiles([file], before, { intervalMs: 1_000, load: () => {}, done: () => told.push('taken') })
  await look()
  expect(told).toEqual(['taken'])
})

test('a file that is renamed into place is taken', async () => {
  watch()
  writeFileSync(`${file}.new`, 'two')
  renameSync(`${file}.new`, file)
  await look()
  expect(told).toEqual(['two'])
})

test('a file behind links is taken when they are swapped, as in a mounted secret', async () => {
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
  await look()
  swap('1')
  await look()
  expect(told).toEqual(['2', '1'])
})

test('a file that is being written is taken when it is whole', async () => {
  watch()
  writeFileSync(file, '')
  await vi.advanceTimersByTimeAsync(1_050)
  writeFileSync(file, 'two')
  await vi.advanceTimersByTimeAsync(50)
  expect(told).toEqual([])
  await vi.advanceTimersByTimeAsync(100)
  expect(told).toEqual(['two'])
})

test('a file that cannot be used is told of once, and tried until it can be', async () => {
  watch()
  writeFileSync(file, 'bad')
  for (let i = 0; i < 3; i++) await look()
  expect(told).toEqual(['bad'])
  expect(loads).toBeGreaterThan(1)
  writeFileSync(file, 'bad again')
  await look()
  writeFileSync(file, 'good')
  await look()
  expect(told).toEqual(['bad', 'bad again', 'good'])
})

test('a file that is gone is told of, and taken when it is back', async () => {
  watch()
  unlinkSync(file)
  await look()
  writeFileSync(file, 'back')
  await look()
  expect(told).toEqual(['ENOENT', 'back'])
})

test('a file that may not be looked at does not end the looking', async () => {
  const link = join(folder, 'loop')
  writeFileSync(link, 'one')
  watch(link)
  unlinkSync(link)
  symlinkSync('loop', link)
  await look()
  unlinkSync(link)
  writeFileSync(link, 'two')
  chmodSync(link, 0o600)
  await look()
  expect(told).toEqual(['ELOOP', 'two'])
})

test('a file that takes turns to be read is taken when it is read, and nothing is looked at meanwhile', async () => {
  let done = () => {}
  stop = watchFiles([file], 'before', {
    intervalMs: 1_000,
    load: () => {
      told.push('reading')
      return new Promise((resolve) => {
        done = resolve
      })
    },
    done: () => told.push('taken'),
  })
  await look()
  writeFileSync(file, 'two')
  await look()
  expect(told).toEqual(['reading'])
  done()
  await look()
  expect(told).toEqual(['reading', 'taken', 'reading'])
})

test('nothing is looked at any more when it is ended, or an interval of 0 says so', async () => {
  watch()
  stop()
  writeFileSync(file, 'two')
  await look()
  watch(file, 0)
  expect(vi.getTimerCount()).toBe(0)
  expect(told).toEqual([])
})

test('whoever is told can end it', async () => {
  stop = watchFiles([file], 'before', {
    intervalMs: 1_000,
    load() {},
    done() {
      told.push('taken')
      stop()
    },
  })
  await look()
  await look()
  expect([told, vi.getTimerCount()]).toEqual([['taken'], 0])
})
