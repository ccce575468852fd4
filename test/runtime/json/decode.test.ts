import { describe, expect, test } from 'vitest'
import { DepthError, decodeJSON, JSONSyntaxError, parseLossless } from '../../../lib/runtime/json/index.js'
import { randomJSON, seededRandom } from './random-json.js'

const decode = (text: string) => decodeJSON(Buffer.from(text))

describe('decodeJSON', () => {
  test('agrees with JSON.parse on random documents, and so does the lossless parser', () => {
    const random = seededRandom(7)
    for (let round = 0; round < 500; round++) {
      const text = JSON.stringify(randomJSON(random), undefined, round % 3)
      expect(decode(text)).toEqual({ value: JSON.parse(text), duplicates: [] })
      expect(parseLossless(text)).toEqual(JSON.parse(text))
    }
  })

  test.each([
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775807', 9223372036854775807n],
    ['9007199254740991', 9007199254740991],
    ['9223372036854775808', 2 ** 63],
    ['18446744073709551616000', 1.8446744073709552e22],
    ['0.1', 0.1],
    ['1e308', 1e308],
    ['-0', -0],
  ])('keeps the number %s', (text, value) => {
    expect(decode(`{"n":[${text}]}`).value).toEqual({ n: [value] })
  })

  test('a number beyond the doubles is refused', () => {
    expect(() => decode('[1e400]')).toThrow('cannot unmarshal number 1e400 into a 64-bit float')
  })

  test('the last of equal keys wins, beside big integers too', () => {
    expect(decode('{"a":1,"b":2,"a":3}')).toEqual({ value: { a: 3, b: 2 }, duplicates: ['a'] })
    expect(decode('{"a":1,"b":9007199254740993,"a":3}')).toEqual({
      value: { a: 3, b: 9007199254740993n },
      duplicates: ['a'],
    })
  })

  test.each(['{"__proto__":{"polluted":1}}', '{"__proto__":{"polluted":9007199254740993}}'])('%s is data', (text) => {
    const value = decode(text).value as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(value.polluted).toBeUndefined()
  })

  test('half surrogates and bytes that are no UTF-8 become U+FFFD', () => {
    expect(decode('["\\ud800","\\udc00x","\\ud83d\\ude00"]').value).toEqual(['\ufffd', '\ufffdx', '😀'])
    expect(decodeJSON(Buffer.from([0x22, 0x61, 0xff, 0x22])).value).toBe('a\ufffd')
  })

  test('nesting is allowed up to the limit and refused beyond it', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(() => decode(nested(1_000))).not.toThrow()
    expect(() => decode(nested(1_001))).toThrow(DepthError)
    expect(() => decodeJSON(Buffer.from(nested(11)), { maxDepth: 10 })).toThrow(/10 levels/)
  })

  test('three megabytes of brackets are refused without a stack overflow', () => {
    expect(() => decode('['.repeat(3_000_000))).toThrow(DepthError)
    expect(() => decode('{"a":'.repeat(600_000))).toThrow(DepthError)
  })

  test.each([
    ['', 'unexpected end of JSON input', 0],
    ['{"kind": "Flunder", ', 'unexpected end of JSON input', 20],
    ['{} x', `invalid character 'x' after top-level value`, 3],
    ['kind: x', `invalid character 'k' looking for beginning of value`, 0],
    ['{a:1}', `invalid character 'a' looking for beginning of object key string`, 1],
    ['{"a" 1}', `invalid character '1' after object key`, 5],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`, 7],
    ['{"a":1,}', `invalid character '}' looking for beginning of object key string`, 7],
    ['[1 2]', `invalid character '2' after array element`, 3],
    ['[1,]', `invalid character ']' looking for beginning of value`, 3],
    ['[}', `invalid character '}' looking for beginning of value`, 1],
    ['{]', `invalid character ']' looking for beginning of object key string`, 1],
    ['trux', `invalid character 'x' in literal true (expecting 'e')`, 3],
    ['"é\n"', `invalid character '\\n' in string literal`, 3],
    ['"\\x"', `invalid character 'x' in string escape code`, 2],
    ['"\\u12g4"', `invalid character 'g' in \\u hexadecimal character escape`, 5],
    ['-x', `invalid character 'x' in numeric literal`, 1],
    ['01', `invalid character '1' after top-level value`, 1],
    ['[1.]', `invalid character ']' after decimal point in numeric literal`, 3],
    ['\ufeff{}', `invalid character '\ufeff' looking for beginning of value`, 0],
  ])('%j is refused with the fault and its offset', (text, message, offset) => {
    let error: unknown
    try {
      decode(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(JSONSyntaxError)
    expect(error).toMatchObject({ message, offset })
  })

  test('mutilated documents are refused exactly when JSON.parse refuses them', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 2_000; round++) {
      const chars = [...JSON.stringify(randomJSON(random))]
      chars[Math.floor(random() * chars.length)] = '{}[]",:\\e1-. x'[Math.floor(random() * 14)] as string
      const broken = chars.join('')
      expect(outcome(() => parseLossless(broken))).toEqual(outcome(() => JSON.parse(broken, refuseInfinity)))
      expect(outcome(() => decode(broken).value)).toEqual(outcome(() => JSON.parse(broken, refuseInfinity)))
    }
  })
})

function outcome(run: () => unknown): unknown {
  try {
    return { value: run() }
  } catch {
    return 'refused'
  }
}

function refuseInfinity(_key: string, value: unknown): unknown {
  if (value === Infinity || value === -Infinity) throw new RangeError('beyond the doubles')
  return value
}
