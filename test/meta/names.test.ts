import { describe, expect, it } from 'vitest'
import { generateName } from '../../lib/meta/names/generate.js'
import {
  dns1035LabelName,
  dnsLabelName,
  dnsSubdomainName,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
  pathSegmentName,
} from '../../lib/meta/validation/names.js'

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const LABEL_1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const QUALIFIED = `${NAME_PART.replace('name part', 'a qualified name')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

describe('a DNS name', () => {
  it.each(['a', '0', 'a-b', 'a.b.c', '0.1', 'a'.repeat(253)])('%s is a subdomain', (name) => {
    expect(isDns1123Subdomain(name)).toEqual([])
  })

  it.each(['', 'A', '-a', 'a-', '.a', 'a.', 'a..b', 'a.-b', 'a_b', 'a/b', 'é', 'a\n'])('%j is no subdomain', (name) => {
    expect(isDns1123Subdomain(name)).toEqual([SUBDOMAIN])
  })

  it('has bounds on its length', () => {
    expect(isDns1123Subdomain('a'.repeat(254))).toEqual(['must be no more than 253 characters'])
    expect(isDns1123Label('a'.repeat(63))).toEqual([])
    expect(isDns1123Label('a'.repeat(64))).toEqual(['must be no more than 63 characters'])
    expect(isDns1035Label('-'.repeat(64))).toEqual(['must be no more than 63 characters', LABEL_1035])
  })

  it('as a label has no dots, and one of RFC 1035 begins with a letter', () => {
    expect(isDns1123Label('a.b')).toEqual(['must not contain dots'])
    expect(isDns1123Label('a_b')).toEqual([LABEL])
    expect(isDns1035Label('a1')).toEqual([])
    expect(isDns1035Label('1a')).toEqual([LABEL_1035])
  })

  it('of a million characters is judged at once', () => {
    const long = `${'a-'.repeat(500_000)}!`
    expect(isDns1123Subdomain(long)).toHaveLength(2)
    expect(isQualifiedName(`${long}/${long}`)).toHaveLength(4)
    expect(isValidLabelValue(long)).toHaveLength(2)
  })
})

describe('a qualified name', () => {
  it.each(['a', 'A.b_c-d', 'example.com/x', '1/2', 'a'.repeat(63)])('%s is one', (name) => {
    expect(isQualifiedName(name)).toEqual([])
  })

  it.each([
    ['a b', [NAME_PART]],
    ['', ['name part must be non-empty', NAME_PART]],
    ['Example.com/x', [`prefix part ${SUBDOMAIN}`]],
    ['a/b/c', [QUALIFIED]],
    ['/c', ['prefix part must be non-empty']],
    ['c/', ['name part must be non-empty', NAME_PART]],
    ['v'.repeat(64), ['name part must be no more than 63 characters']],
    [`${'p'.repeat(254)}/x`, ['prefix part must be no more than 253 characters']],
  ])('%j is none', (name, errors) => expect(isQualifiedName(name)).toEqual(errors))
})

describe('a label value', () => {
  it.each(['', 'a', 'A_b.c-d', '1'])('%j is one', (value) => expect(isValidLabelValue(value)).toEqual([]))

  it.each(['x y', 'x-', '-x', '!', '.'])('%j is none', (value) =>
    expect(isValidLabelValue(value)).toEqual([LABEL_VALUE]),
  )
})

describe('a name validator', () => {
  it('for path segments refuses what would be another path', () => {
    expect(pathSegmentName('.', false)).toEqual(["may not be '.'"])
    expect(pathSegmentName('..', false)).toEqual(["may not be '..'"])
    expect(pathSegmentName('..', true)).toEqual([])
    expect(pathSegmentName('a/b%c', false)).toEqual(["may not contain '/'", "may not contain '%'"])
    expect(pathSegmentName('Any Thing', false)).toEqual([])
  })

  it('of a generateName lets it end in a dash, and does not look at the character before', () => {
    expect(dnsSubdomainName('web-', true)).toEqual([])
    expect(dnsSubdomainName('we_-', true)).toEqual([])
    expect(dnsSubdomainName('web-', false)).toEqual([SUBDOMAIN])
    expect(dnsLabelName('w.b-', true)).toEqual(['must not contain dots'])
    expect(dns1035LabelName('1-', true)).toEqual([])
    expect(dnsSubdomainName('-', true)).toEqual([SUBDOMAIN])
  })
})

describe('generateName', () => {
  it('appends five characters of those that make no words', () => {
    expect(generateName('web-')).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  it('cuts the base so that the name has 63 bytes at most', () => {
    expect(generateName('a'.repeat(100))).toMatch(/^a{58}.{5}$/)
    const name = generateName('é🙂'.repeat(100))
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
    expect(Buffer.from(name).toString()).toBe(name)
  })

  it('gives another name each time', () => {
    expect(new Set(Array.from({ length: 100 }, () => generateName('a-'))).size).toBeGreaterThan(90)
  })
})
