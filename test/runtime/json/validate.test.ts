import { describe, expect, test } from 'vitest'
import { MAX_DEPTH } from '../../../lib/runtime/json/index.js'
import { endOfJSON } from '../../../lib/runtime/json/validate.js'
import { randomJSON, seededRandom } from './random-json.js'

const endOf = (text: string) => endOfJSON(Buffer.from(text), 0)
const isJSON = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('endOfJSON', () => {
  test.each([
    ...['0', '-0', '12', '0.5', '-1.25e+10', '1E9', '1e-0', 'true', 'false', 'null', '""', '"a\\"b\\\\"', '"\\u00fF"'],
    ...['[]', '{}', '[ ]', '{\t}', '[1 , [2] ,{"a" : {}}]', '{"a":[{"b":[]}],"":""}', '"ü€😀"', '"\\ud800"'],
  ])('finds the end of %s, and sees nothing behind it', (text) => {
    expect(isJSON(text)).toBe(true)
    for (const behind of ['', ' ', ',', '}', ']', ' x']) expect(endOf(text + behind)).toBe(Buffer.byteLength(text))
  })

  test.each([
    ...['', ' 1', '-', '+1', '.5', '1.', '1.e1', '1e', '1e+', '-a', 'tru', 'nul', 'True', 'NaN', 'Infinity', "'a'"],
    ...['"', '"a', '"\\"', '"\\q"', '"\\u12"', '"\\u12g4"', '"\x00"', '"\x1f"', '"\n"', '[', '{', '[1', '{"a":1'],
    ...['[,]', '[1,]', '[1 2]', '{,}', '{a:1}', '{"a"}', '{"a":}', '{"a":1,}', '{"a":1 "b":2}', '{"a",1}', '{1:1}'],
    ...['[}', '{]', '[1}', '{"a":1]', '[[1]', '{"a":[}', '[1,\n2]', '[1\r]', '{"a":nope}', '[01]'],
  ])('finds none in %j', (text) => {
    expect(endOf(text)).toBe(-1)
  })

  test('allows as many levels as it is told, however they are made', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (levels: number) => Buffer.from(`${open.repeat(levels)}0${close.repeat(levels)}`)
      expect(endOfJSON(nested(MAX_DEPTH), 0)).toBe(nested(MAX_DEPTH).length)
      expect(endOfJSON(nested(MAX_DEPTH + 1), 0)).toBe(-1)
      expect(endOfJSON(nested(3), 0, 3)).toBeGreaterThan(0)
      expect(endOfJSON(nested(3), 0, 2)).toBe(-1)
    }
    expect(endOfJSON(Buffer.from('[[[]]]'), 0, 2)).toBe(-1)
    expect(endOfJSON(Buffer.from('[[{}]]'), 0, 3)).toBe(6)
  })

  test('is of one mind with JSON.parse about what was written well, and what was then spoiled in one place', () => {
    const random = seededRandom(11)
    const signs = '{}[]:,"\\0123.eE+-tfnu x\t\x01'
    let [good, bad] = [0, 0]
    for (let round = 0; round < 4_000; round++) {
      const text = JSON.stringify(randomJSON(random, 5))
      expect(endOf(text)).toBe(Buffer.byteLength(text))
      const at = Math.floor(random() * text.length)
      const sign = signs[Math.floor(random() * signs.length)]!
      const kinds = [text.slice(0, at) + text.slice(at + 1), text.slice(0, at) + sign + text.slice(at + 1)]
      for (const spoiled of [...kinds, text.slice(0, at) + sign + text.slice(at)]) {
        const whole = spoiled.trimStart() === spoiled && endOf(spoiled) >= 0
        const rest = whole ? Buffer.from(spoiled).subarray(endOf(spoiled)).toString().trim() : 'x'
        const is = whole && rest === ''
        if (spoiled.trimStart() === spoiled) expect(is, spoiled).toBe(isJSON(spoiled))
        if (is) good++
        else bad++
      }
    }
    expect(good).toBeGreaterThan(100)
    expect(bad).toBeGreaterThan(100)
  })
})
