import { describe, expect, test } from 'vitest'
import { RegexpProgram } from '../../lib/restful/regexp-program.js'
import { parseRegexp } from '../../lib/restful/regexp-syntax.js'
import { Random } from './random.js'

function program(source: string): RegexpProgram {
  return new RegexpProgram(parseRegexp(source))
}

describe('an expression', () => {
  test.each([
    ['[0-9]+', 'a12', true],
    ['^[0-9]+$', 'a12', false],
    ['', '', true],
    ['\\d{3}', '1234', true],
    ['^\\d{3}$', '1234', false],
    ['.+\\.txt', 'a.txt', true],
    ['.+\\.txt', '.txt', false],
    ['(?i)hello', 'xHeLLo', true],
    ['a(?i:B)c', 'abc', true],
    ['a(?i:B)c', 'abC', false],
    ['(?-i)a', 'A', false],
    ['.', '\n', false],
    ['(?s).', '\n', true],
    ['^b$', 'a\nb', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['\\Ab\\z', 'b', true],
    ['\\bfoo\\b', 'a foo b', true],
    ['\\bfoo\\b', 'afoo b', false],
    ['o\\B', 'foo', true],
    ['[[:alpha:]]+$', 'ab', true],
    ['^[[:^alpha:]]$', 'a', false],
    ['^[^\\d]$', '5', false],
    ['^[\\\\a]$', 'a', true],
    ['^[\\\\a]$', '\\', true],
    ['^[]a]$', ']', true],
    ['^[a-]$', '-', true],
    ['^[\\x41-\\x{43}]$', 'B', true],
    ['^\\pL$', 'é', true],
    ['^\\p{Greek}$', 'é', false],
    ['^\\P{Greek}$', 'é', true],
    ['^\\p{^Greek}$', 'γ', false],
    ['^.$', '😀', true],
    ['^\\s$', '\u00a0', false],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'axb', false],
    ['a{,2}', 'a{,2}', true],
    ['[0-9]+}.jso', '12}.jso', true],
    ['(?P<year>\\d+)-(?<month>\\d+)', '2024-01', true],
    ['^(a|b|)$', '', true],
    ['^(a*)*$', 'aaa', true],
    ['x{0}y', 'y', true],
  ])('%s on %j: %s', (source, input, matches) => {
    expect(program(source).test(input)).toBe(matches)
  })

  test.each([
    ['(a|ab)(c|bcd)', 'abcd', ['a', 'bcd']],
    ['(a+?)(a*)', 'aaa', ['a', 'aa']],
    ['(?U)(a+)(a*)', 'aaa', ['a', '']],
    ['(a)|(b)', 'b', ['', 'b']],
    ['(a(b)?)+', 'aba', ['a', 'b']],
    ['(x){2}(y)', 'xxy', ['x', 'y']],
    ['(x){0}(y)', 'y', ['', 'y']],
    ['^/(.*)/([^/]+?)(/.*)?$', '/a/b/c', ['a/b', 'c', '']],
  ])('%s on %j captures %j', (source, input, groups) => {
    expect(program(source).exec(input)).toEqual(groups)
  })

  test.each([
    '(',
    ')',
    'a)',
    '[a',
    '[b-a]',
    '*',
    'a**',
    'a{2}{3}',
    'a{2,1}',
    'a{1001}',
    '\\1',
    '(a)\\1',
    '(?=a)',
    '(?!a)',
    '(?<=a)b',
    '(?P<>a)',
    '\\',
    '\\y',
    '\\p{Nothing}',
    '[[:nothing:]]',
    '\\x{110000}',
    '(?z)a',
    '((a{100}){100}){100}',
    '((?:){1000}){1000}',
    '('.repeat(100) + ')'.repeat(100),
    'a'.repeat(1001),
  ])('%s is refused', (source) => {
    expect(() => program(source)).toThrow(SyntaxError)
  })
})

describe('no input can make an expression hang', () => {
  // A backtracking matcher would take longer than the universe has lasted.
  test.each(['(a+)+$', '(a|a)+$', '(.*)*x', '.*.*.*.*.*.*.*.*.*.*.*.*x', '(a?){100}a{100}$', '((a*)*)*b'])(
    '%s',
    (source) => {
      expect(program(source).test(`${'a'.repeat(1000)}!`)).toBe(false)
    },
  )

  test('an input too long for its expression does not match', () => {
    const large = program('[a-z]{1,1000}')
    expect(large.test('a'.repeat(large.maxInput))).toBe(true)
    expect(large.test('a'.repeat(large.maxInput + 1))).toBe(false)
  })
})

function randomExpression(random: Random, depth: number): string {
  const atoms = ['a', 'b', '[ab]', '[^a]', '.', '\\d', '1', '^', '$', '\\b']
  if (depth === 0) return random.pick(atoms)
  const inner = () => randomExpression(random, depth - 1)
  switch (random.below(6)) {
    case 0:
      return `${inner()}${inner()}`
    case 1:
      return `(?:${inner()}|${inner()})`
    case 2:
      return `(${inner()})`
    case 3:
      return `(?:${inner()})${random.pick(['?', '??', '{2}', '{1,2}', '{0,2}?'])}`
    case 4:
      return `${random.pick(['a', '[ab]', '.'])}${random.pick(['*', '+', '*?', '+?'])}`
    default:
      return inner()
  }
}

test('where both have a meaning, the platform finds the same matches and groups', () => {
  const random = new Random(20240601)
  for (let i = 0; i < 3000; i++) {
    const source = randomExpression(random, 4)
    const input = Array.from({ length: random.below(7) }, () => random.pick(['a', 'b', '1', ' '])).join('')
    const expected = new RegExp(source).exec(input)
    const ours = program(source)
    expect([source, input, ours.test(input)]).toEqual([source, input, expected !== null])
    // JavaScript forgets groups on each round of a repetition, RE2 does not.
    if (/\)[?{]/.test(source)) continue
    expect([source, input, ours.exec(input)]).toEqual([source, input, expected?.slice(1).map((each) => each ?? '')])
  }
})
