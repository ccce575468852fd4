import { describe, expect, it } from 'vitest'
import { LabelRequirement, parseLabelSelector } from '../../lib/meta/labels/index.js'
import { MAX_SELECTOR_LENGTH } from '../../lib/meta/selector-limit.js'

const NAME_FORMAT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const PREFIX_FORMAT =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const V64 = 'v'.repeat(64)

describe('a label selector that is refused', () => {
  it.each([
    ['a b=c', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a!', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
    ['=', "found '=', expected: !, identifier, or 'end of string'"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['env in', "unable to parse requirement: found '' expected: '('"],
    ['env in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['env in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['env in (a,b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['env in (a b)', "unable to parse requirement: found 'b', expected: ',' or ')'"],
    ['env in (a,', "unable to parse requirement: found '', expected: ',', or identifier"],
    [
      'n>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      'n>',
      `unable to parse requirement: values[0]: Invalid value: "": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ['-a=b', `unable to parse requirement: <nil>: Invalid value: "-a": ${NAME_FORMAT}`],
    ['Exa_mple/k=v', `unable to parse requirement: <nil>: Invalid value: "Exa_mple/k": ${PREFIX_FORMAT}`],
    ['a=b!', "found '!', expected: ',' or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    [
      `a=${V64}`,
      `unable to parse requirement: values[0][a]: Invalid value: "${V64}": must be no more than 63 characters`,
    ],
    ['a,,b', "found ',', expected: identifier after ','"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a=!b', "unable to parse requirement: found '!', expected: identifier"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
  ])('%s', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ message }))
  })

  it('several wrong values are told together, sorted', () => {
    expect(() => parseLabelSelector('a in (z-,b-)')).toThrow(
      /^unable to parse requirement: \[values\[0\]\[a\]: Invalid value: "b-".*, values\[1\]\[a\]: Invalid value: "z-"/,
    )
  })
})

describe('a label selector', () => {
  it.each([
    ['', ''],
    ['   ', ''],
    ['x=a,y=b,z=c', 'x=a,y=b,z=c'],
    ['z==c , a!=b', 'a!=b,z==c'],
    ['x in (b,a)', 'x in (a,b)'],
    ['x notin ()', 'x notin ()'],
    ['x in (,a)', 'x in (,a)'],
    ['x in (a,)', 'x in (,a)'],
    ['x in (a,,b)', 'x in (,a,b)'],
    ['!x , y', '!x,y'],
    ['x>1,z<5', 'x>1,z<5'],
    ['in in (in,notin)', 'in in (in,notin)'],
    ['x=', 'x='],
    ['example.com/k=v', 'example.com/k=v'],
    ['\tx \n= a\r', 'x=a'],
  ])('%j reads as %j', (text, canonical) => {
    const selector = parseLabelSelector(text)
    expect(String(selector)).toBe(canonical)
    expect(selector.empty()).toBe(canonical === '')
  })

  it.each([
    ['', undefined, true],
    ['x', undefined, false],
    ['x=a', { x: 'a' }, true],
    ['x=a', { x: 'b' }, false],
    ['x=a', {}, false],
    ['x=', { x: '' }, true],
    ['x=', {}, false],
    ['x!=a', {}, true],
    ['x!=a', { x: 'a' }, false],
    ['x in (a,b)', { x: 'b' }, true],
    ['x in ()', { x: '' }, true],
    ['x notin (a)', { x: 'b' }, true],
    ['x notin (a)', {}, true],
    ['x notin (a)', { x: 'a' }, false],
    ['x', { x: '' }, true],
    ['!x', {}, true],
    ['!x', { x: '' }, false],
    ['x>1', { x: '2' }, true],
    ['x>1', { x: '1' }, false],
    ['x>1', { x: 'two' }, false],
    ['x<9223372036854775807', { x: '9223372036854775806' }, true],
    ['x<-1', { x: '-2' }, false],
    ['x=a,y=b', { x: 'a', y: 'b' }, true],
    ['x=a,y=b', { x: 'a' }, false],
  ])('%j matches %j: %s', (text, labels, expected) => {
    // `-1` is no label value, so that selector cannot be read.
    if (text === 'x<-1') return expect(() => parseLabelSelector(text)).toThrow('unable to parse requirement')
    expect(parseLabelSelector(text).matches(labels)).toBe(expected)
  })

  it('finds labels by their own keys alone', () => {
    expect(parseLabelSelector('constructor').matches({})).toBe(false)
    expect(parseLabelSelector('a.b').matches(JSON.parse('{"__proto__":"x"}'))).toBe(false)
    expect(parseLabelSelector('!toString').matches({})).toBe(true)
  })

  it('that is longer or has more terms than any request is refused', () => {
    expect(() => parseLabelSelector(`a in (${'b,'.repeat(500_000)})`)).toThrow('label selector too long')
    expect(() => parseLabelSelector(Array.from({ length: 1001 }, (_, i) => `a!=${i}`).join(','))).toThrow('too long')
    const set = Array.from({ length: 5000 }, (_, i) => `v${i}`).join(',')
    expect(set.length).toBeLessThan(MAX_SELECTOR_LENGTH)
    expect(parseLabelSelector(`a in (${set})`).matches({ a: 'v4999' })).toBe(true)
  })
})

describe('a label requirement', () => {
  it.each([
    ['in', [], "values: Invalid value: []string{}: for 'in', 'notin' operators, values set can't be empty"],
    ['=', ['a', 'b'], 'values: Invalid value: []string{"a", "b"}: exact-match compatibility requires one single value'],
    ['exists', ['a'], 'values: Invalid value: []string{"a"}: values set must be empty for exists and does not exist'],
    ['gt', [], "values: Invalid value: []string{}: for 'Gt', 'Lt' operators, exactly one value is required"],
  ] as const)('%s with %j is refused', (operator, values, message) => {
    expect(() => LabelRequirement.of('x', operator, values)).toThrow(expect.objectContaining({ message }))
  })
})
