import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CHECKLIST, LINES } from './checklist.js'

const sources = new Map<string, string>()

function sourceOf(file: string): string {
  const source = sources.get(file) ?? readFileSync(new URL(file, import.meta.url), 'utf8')
  sources.set(file, source)
  return source
}

test('every section of the list is there', () => {
  expect(Object.keys(CHECKLIST)).toEqual(Object.keys(LINES))
})

describe.each(Object.entries(CHECKLIST))('section %s', (section, lines) => {
  test('has all its lines, each once', () => {
    expect(lines).toHaveLength(LINES[section]!)
    expect(new Set(lines.map(({ what }) => what)).size).toBe(lines.length)
  })

  test.each(lines.map((line) => [line.what, line] as const))('%s: a test or a reason', (_what, line) => {
    if ('reason' in line) expect(line.reason).toMatch(/\w+ \w+ \w+/)
    else expect(sourceOf(line.file)).toContain(line.test)
  })
})
