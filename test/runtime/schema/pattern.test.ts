import { describe, expect, test } from 'vitest'
import { PatternError, PatternMatcher } from '../../../lib/runtime/schema/index.js'
import { seededRandom } from '../json/random-json.js'

const DNS = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'

describe('PatternMatcher', () => {
  test.each([
    ['abc', 'xabcx', true],
    ['^abc$', 'xabc', false],
    ['^a|b$', 'xb', true],
    ['^(a|b)$', 'xb', false],
    ['', '', true],
    ['^$', 'a', false],
    [DNS, 'example.com', true],
    [DNS, 'example..com', false],
    [DNS, '-example', false],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2,3}$', 'aaa', true],
    ['^a{2,}$', 'aaaaaa', true],
    ['^a{0}b$', 'b', true],
    ['^a{,2}$', 'a{,2}', true],
    ['^(a*)*b$', 'aaab', true],
    ['^a+?b*?$', 'aab', true],
    ['^[^a-c]$', 'd', true],
    ['^[^a-c]$', 'b', false],
    ['^[]a]+$', ']a', true],
    ['^[a-]+$', 'a-', true],
    ['^[\\d-z]+$', '1-z', true],
    ['^\\d+\\s\\w$', '12 x', true],
    ['^\\D\\S\\W$', 'ab!', true],
    ['^[[:alpha:]]+$', 'abC', true],
    ['^[[:^alpha:]]+$', '12', true],
    ['^\\p{Lu}\\pL+$', 'Émile', true],
    ['^\\p{Greek}+$', 'αβγ', true],
    ['^\\P{L}$', 'a', false],
    ['(?i)^straße$', 'STRAßE', true],
    ['^(?i:a)b$', 'Ab', true],
    ['^(?i:a)b$', 'AB', false],
    ['^a.c$', 'a\nc', false],
    ['(?s)^a.c$', 'a\nc', true],
    ['^b$', 'a\nb', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['\\bword\\b', 'a word.', true],
    ['\\bword\\b', 'swords', false],
    ['a\\Bb', 'ab', true],
    ['\\Aab\\z', 'ab', true],
    ['^\\x41\\x{1F600}\\101$', 'A😀A', true],
    ['^.$', '😀', true],
    ['^\\Qa.b\\E+$', 'a.bbb', true],
    ['^\\Q\\Ea$', 'a', true],
    ['^\\.\\/\\-$', './-', true],
    ['^(?P<name>a)(?<other>b)(?:c)$', 'abc', true],
    ['^\\t\\n$', '\t\n', true],
  ])('%j on %j: %s', (pattern, text, matches) => {
    expect(new PatternMatcher(pattern).test(text)).toBe(matches)
  })

  test.each([
    ['(?=a)b', /look-around/],
    ['(?<!a)b', /look-around/],
    ['(a)\\1', /invalid escape sequence/],
    ['(a', /missing closing \)/],
    ['a)', /unexpected \)/],
    ['[a', /missing closing \]/],
    ['[z-a]', /invalid character class range/],
    ['*a', /missing argument/],
    ['a**', /nested repetition/],
    ['a{1001}', /invalid repeat count/],
    ['a{3,2}', /invalid repeat count/],
    ['((a{100}){100}){100}', /too large/],
    ['\\', /trailing backslash/],
    ['\\p{Klingon}', /invalid character class range/],
    ['\\y', /invalid escape sequence/],
    [`${'('.repeat(300)}${')'.repeat(300)}`, /nested too deeply/],
    ['a'.repeat(5_000), /longer than/],
  ])('%s is refused', (pattern, message) => {
    expect(() => new PatternMatcher(pattern)).toThrow(PatternError)
    expect(() => new PatternMatcher(pattern)).toThrow(message)
  })

  test('agrees with the engine of JavaScript on random patterns and texts', () => {
    const random = seededRandom(17)
    const pick = (choices: readonly string[]): string => choices[Math.floor(random() * choices.length)] as string
    const piece = (depth: number): string => {
      if (depth > 0 && random() < 0.3)
        return `(?:${piece(depth - 1)}${pick(['|', ''])}${piece(depth - 1)})${quantifier()}`
      return pick(['a', 'b', '.', '[ab]', '[^a]', '\\w', '^', '$', '\\b', 'c?', 'a*', 'b+', 'a{1,2}'])
    }
    const quantifier = (): string => pick(['', '', '*', '+', '?', '{0,2}'])
    for (let round = 0; round < 2_000; round++) {
      const pattern = piece(3) + piece(3) + piece(2)
      const text = Array.from({ length: Math.floor(random() * 8) }, () => pick(['a', 'b', 'c', ' '])).join('')
      expect([pattern, text, new PatternMatcher(pattern).test(text)]).toEqual([
        pattern,
        text,
        new RegExp(pattern).test(text),
      ])
    }
  })

  test('what makes backtracking engines hang is answered', () => {
    const text = `${'a'.repeat(50_000)}!`
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(x+x+)+y', '^(.*a){20}$']) {
      expect(new PatternMatcher(pattern).test(text)).toBe(false)
    }
  })

  test('a text that needs too much work is neither matched nor refused', () => {
    const random = seededRandom(4)
    const text = Array.from({ length: 40_000 }, () => (random() < 0.5 ? 'a' : 'b')).join('')
    expect(new PatternMatcher('a.{900}c').test(text)).toBeUndefined()
  })

  test('long texts beyond ASCII are no work once their characters are known', () => {
    expect(new PatternMatcher('^[^x]*é$').test('äöüé'.repeat(500_000))).toBe(true)
  })
})
