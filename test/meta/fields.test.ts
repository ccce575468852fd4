import { describe, expect, it } from 'vitest'
import { escapeFieldValue, parseFieldSelector, unescapeFieldValue } from '../../lib/meta/fields/index.js'

describe('a field selector', () => {
  it.each([
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['metadata.name in (a)', "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'"],
    ['a=b,c', "invalid selector: 'a=b,c'; can't understand 'c'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('%s is refused', (text, message) => expect(() => parseFieldSelector(text)).toThrow(new Error(message)))

  it.each([
    ['', ''],
    [',,', ''],
    ['b=2,a==1', 'a=1,b=2'],
    ['a!=1', 'a!=1'],
    ['a=', 'a='],
    ['a= x', 'a= x'],
    ['a=x\\,y\\=z\\\\', 'a=x\\,y\\=z\\\\'],
    ['a!b=c', 'a!b=c'],
  ])('%j reads as %j', (text, canonical) => {
    const selector = parseFieldSelector(text)
    expect(String(selector)).toBe(canonical)
    expect(selector.empty()).toBe(canonical === '')
  })

  it.each([
    ['metadata.name=a', true],
    ['metadata.name==a', true],
    ['metadata.name!=a', false],
    ['metadata.name!=b,metadata.namespace=n', true],
    ['metadata.name=a\\,b', false],
    ['metadata.name=', false],
    ['other=', true],
    ['constructor!=', false],
  ])('%s matches a in n: %s', (text, expected) => {
    expect(parseFieldSelector(text).matches({ 'metadata.name': 'a', 'metadata.namespace': 'n' })).toBe(expected)
  })

  it('knows the one value that a field must have', () => {
    const selector = parseFieldSelector('metadata.name=a,metadata.namespace!=b')
    expect(selector.requiresExactMatch('metadata.name')).toBe('a')
    expect(selector.requiresExactMatch('metadata.namespace')).toBeUndefined()
  })

  it('can be renamed term by term, and drops a term that becomes empty', () => {
    const selector = parseFieldSelector('a=1,b!=2')
    expect(String(selector.transform((field, value) => (field === 'a' ? ['', ''] : [`x.${field}`, `${value}0`])))).toBe(
      'x.b!=20',
    )
  })

  it('that is longer or has more terms than any request is refused', () => {
    expect(() => parseFieldSelector('a=b,'.repeat(300_000))).toThrow('field selector too long')
    expect(() => parseFieldSelector('a=b,'.repeat(1001))).toThrow('field selector too long')
  })

  it('escapes what it unescapes', () => {
    const value = 'a\\,b=c,'
    expect(escapeFieldValue(value)).toBe('a\\\\\\,b\\=c\\,')
    expect(unescapeFieldValue(escapeFieldValue(value))).toBe(value)
  })
})
