import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MAX_FILE_BYTES, readRegularFile } from '../../lib/runtime/read-file.js'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'express-apiserver-read-'))
  file = join(folder, 'file')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a file is read whole, through links too', () => {
  const text = 'ünder\n'.repeat(50_000)
  writeFileSync(file, text)
  symlinkSync('file', join(folder, 'link'))
  expect(readRegularFile(file).toString()).toBe(text)
  expect(readRegularFile(join(folder, 'link')).toString()).toBe(text)
})

test('a file without a byte is none', () => {
  writeFileSync(file, '')
  expect(readRegularFile(file)).toHaveLength(0)
})

test('a file of as many bytes as are allowed is read, one of one more is refused with the bound', () => {
  writeFileSync(file, '')
  truncateSync(file, MAX_FILE_BYTES)
  expect(readRegularFile(file)).toHaveLength(MAX_FILE_BYTES)
  truncateSync(file, MAX_FILE_BYTES + 1)
  expect(() => readRegularFile(file)).toThrow('it is larger than 16 MiB (16777216 bytes)')
})

test('a file that is not there is told of with its path', () => {
  expect(() => readRegularFile(file)).toThrow(expect.objectContaining({ code: 'ENOENT', path: file }))
})

describe.skipIf(process.platform === 'win32')('what is no regular file is refused unread', () => {
  test.each<[kind: string, make: () => void]>([
    ['a directory', () => mkdirSync(file)],
    ['a device', () => symlinkSync('/dev/zero', file)],
    ['a pipe', () => execFileSync('mkfifo', [file])],
  ])('%s', (kind, make) => {
    make()
    expect(() => readRegularFile(file)).toThrow(`it is ${kind}, not a regular file`)
  })
})

test.skipIf(process.platform !== 'linux')('a file that says it has no bytes is read to its end', () => {
  expect(readRegularFile('/proc/self/status').toString()).toContain('VmRSS')
})
