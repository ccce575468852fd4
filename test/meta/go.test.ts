import { describe, expect, it } from 'vitest'
import {
  clampToSafeInteger,
  formatDuration,
  formatNumber,
  goSyntax,
  isPrint,
  parseDuration,
  parseInt64,
  parseUint64,
  quote,
} from '../../lib/meta/go/index.js'

describe('quote', () => {
  it.each([
    ['', '""'],
    ['plain text', '"plain text"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
    ['\u0000\u001f\u007f', '"\\x00\\x1f\\x7f"'],
    ['ünï ☃ 🙂', '"ünï ☃ 🙂"'],
    ['\u00a0\u200b\ue000', '"\\u00a0\\u200b\\ue000"'],
    ['\u{10ffff}', '"\\U0010ffff"'],
    ['\ud800', '"\ufffd"'],
  ])('%j is %s', (text, quoted) => expect(quote(text)).toBe(quoted))
})

describe('isPrint', () => {
  it('holds for letters, marks and the blank, not for controls and other spaces', () => {
    expect([0x20, 0x41, 0x7e, 0xe9, 0x2603].every(isPrint)).toBe(true)
    expect([0x00, 0x1f, 0x7f, 0x85, 0xa0, 0x2028].some(isPrint)).toBe(false)
  })
})

describe('parseUint64', () => {
  it.each([
    ['0', 0n],
    ['007', 7n],
    ['18446744073709551615', 18446744073709551615n],
    [`${'0'.repeat(1000)}1`, 1n],
  ])('reads %s', (text, value) => expect(parseUint64(text)).toBe(value))

  it.each([
    ['', 'invalid syntax'],
    ['abc', 'invalid syntax'],
    ['-5', 'invalid syntax'],
    ['+5', 'invalid syntax'],
    ['1_0', 'invalid syntax'],
    ['1 ', 'invalid syntax'],
    ['18446744073709551616', 'value out of range'],
    ['99999999999999999999999', 'value out of range'],
  ])('refuses %j', (text, why) => {
    expect(() => parseUint64(text)).toThrow(
      expect.objectContaining({ message: `strconv.ParseUint: parsing ${quote(text)}: ${why}` }),
    )
  })

  it('refuses a million digits without reading them as a number', () => {
    expect(() => parseUint64('9'.repeat(1_000_000))).toThrow('value out of range')
  })
})

describe('parseInt64', () => {
  it.each([
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775807', 9223372036854775807n],
    ['+5', 5n],
  ])('reads %s', (text, value) => expect(parseInt64(text)).toBe(value))

  it.each([
    ['9223372036854775808', 'value out of range'],
    ['-9223372036854775809', 'value out of range'],
    ['--1', 'invalid syntax'],
    ['-', 'invalid syntax'],
    ['1.5', 'invalid syntax'],
  ])('refuses %j', (text, why) => {
    expect(() => parseInt64(text)).toThrow(
      expect.objectContaining({ message: `strconv.ParseInt: parsing ${quote(text)}: ${why}` }),
    )
  })
})

describe('clampToSafeInteger', () => {
  it('keeps what is exact and stops at the ends', () => {
    expect(clampToSafeInteger(5n)).toBe(5)
    expect(clampToSafeInteger(2n ** 60n)).toBe(Number.MAX_SAFE_INTEGER)
    expect(clampToSafeInteger(-(2n ** 60n))).toBe(Number.MIN_SAFE_INTEGER)
  })
})

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['5s', 5000],
    ['-1.5h', -5_400_000],
    ['+1m30s', 90_000],
    ['300ms', 300],
    ['.5s', 500],
    ['1.s', 1000],
    ['1µs', 0.001],
    ['1us', 0.001],
    ['1ns', 0.000001],
    ['0.1000000000000000000001h', 360_000],
  ])('reads %s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  it.each([
    ['', 'time: invalid duration ""'],
    ['abc', 'time: invalid duration "abc"'],
    ['.s', 'time: invalid duration ".s"'],
    ['-', 'time: invalid duration "-"'],
    ['5', 'time: missing unit in duration "5"'],
    ['5d', 'time: unknown unit "d" in duration "5d"'],
    ['1h5x', 'time: unknown unit "x" in duration "1h5x"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
    ['é', 'time: invalid duration "\\xc3\\xa9"'],
  ])('refuses %j', (text, message) => expect(() => parseDuration(text)).toThrow(expect.objectContaining({ message })))
})

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [0.0005, '500ns'],
    [0.0015, '1.5µs'],
    [512.25, '512.25ms'],
    [1500, '1.5s'],
    [60_000, '1m0s'],
    [90_512.5, '1m30.5125s'],
    [3_723_500, '1h2m3.5s'],
  ])('says %d ms as Go does: %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text)
    expect(parseDuration(text)).toBe(milliseconds)
  })
})

describe('goSyntax', () => {
  it.each([
    [[], '[]string{}'],
    [['a', 1, null, true], '[]interface {}{"a", 1, interface {}(nil), true}'],
    [{ b: 1, a: 'x' }, 'map[string]interface {}{"a":"x", "b":1}'],
    [0n, '0x0'],
    [255n, '0xff'],
  ])('prints a value as Go does: %#', (value, text) => expect(goSyntax(value)).toBe(text))

  it('stops somewhere in a value that is nested without end', () => {
    let deep: unknown = 'x'
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(goSyntax(deep)).toContain('...')
  })
})

describe('formatNumber', () => {
  it.each([
    [1, '1'],
    [-0.5, '-0.5'],
    [1e21, '1e+21'],
    [1e20, '100000000000000000000'],
    [0.00001, '1e-05'],
    [0.0001, '0.0001'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ])('%d is %s', (value, text) => expect(formatNumber(value)).toBe(text))
})
