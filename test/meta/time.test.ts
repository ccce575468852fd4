import { describe, expect, it } from 'vitest'
import { statusOf } from '../../lib/meta/errors.js'
import { partialObjectMetadata } from '../../lib/meta/partial-object-metadata.js'
import { parseObjectResourceVersion, parseResourceVersion } from '../../lib/meta/resource-version.js'
import { formatTime, goTimeText, now, parseTime, timeError } from '../../lib/meta/time.js'

describe('a time', () => {
  it('is written in UTC with whole seconds', () => {
    expect(formatTime(new Date(981_173_106_999))).toBe('2001-02-03T04:05:06Z')
    expect(now()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(goTimeText(new Date(981_173_106_999))).toBe('2001-02-03 04:05:06 +0000 UTC')
  })

  it.each([
    ['2001-02-03T04:05:06Z', '2001-02-03T04:05:06Z'],
    ['2001-02-03T04:05:06.999999999Z', '2001-02-03T04:05:06Z'],
    ['2001-02-03T05:35:06+01:30', '2001-02-03T04:05:06Z'],
    ['2001-02-02T23:05:06-05:00', '2001-02-03T04:05:06Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ])('%s is the instant %s', (text, instant) => {
    expect(timeError(text)).toBeUndefined()
    expect(formatTime(parseTime(text) as Date)).toBe(instant)
  })

  it.each([
    ['soon', 'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"'],
    ['', 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
    ['2001-02-03', 'parsing time "2001-02-03" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    [
      '2001-02-03T04:05:06',
      'parsing time "2001-02-03T04:05:06" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
    ],
    [
      '2001-02-03T04:05:06+1',
      'parsing time "2001-02-03T04:05:06+1" as "2006-01-02T15:04:05Z07:00": cannot parse "+1" as "Z07:00"',
    ],
    ['2001-13-03T04:05:06Z', 'parsing time "2001-13-03T04:05:06Z": month out of range'],
    ['2001-02-29T04:05:06Z', 'parsing time "2001-02-29T04:05:06Z": day out of range'],
    ['2001-02-03T24:05:06Z', 'parsing time "2001-02-03T24:05:06Z": hour out of range'],
    ['2001-02-03T04:05:06Zx', 'parsing time "2001-02-03T04:05:06Zx": extra text: "x"'],
  ])('%j is none', (text, message) => {
    expect(timeError(text)).toBe(message)
    expect(parseTime(text)).toBeUndefined()
  })
})

describe('a resourceVersion', () => {
  it.each([
    ['', 0],
    ['0', 0],
    ['42', 42],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['18446744073709551615', Number.MAX_SAFE_INTEGER],
  ])('%j is the revision %d', (text, revision) => expect(parseResourceVersion(text)).toBe(revision))

  it.each([
    ['abc', 'invalid syntax'],
    ['-5', 'invalid syntax'],
    ['1.0', 'invalid syntax'],
    ['18446744073709551616', 'value out of range'],
  ])('%j is none, and answered with a 500', (text, why) => {
    let thrown: unknown
    try {
      parseResourceVersion(text)
    } catch (err) {
      thrown = err
    }
    expect(statusOf(thrown)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": ${why}`,
      code: 500,
    })
  })

  it('of an object may be missing, and is no number in shorter words', () => {
    expect(parseObjectResourceVersion(undefined)).toBe(0)
    expect(parseObjectResourceVersion('7')).toBe(7)
    expect(() => parseObjectResourceVersion('abc')).toThrow(/^strconv\.ParseUint: parsing "abc": invalid syntax$/)
  })
})

describe('partialObjectMetadata', () => {
  it('has the metadata and nothing else of the object', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: {} }
    expect(partialObjectMetadata(object, 'v1beta1')).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1beta1',
      metadata: { name: 'a' },
    })
  })
})
