import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Evidence } from './checklist/item.js'
import { CHECKLIST } from './checklist.js'

const tests = fileURLToPath(new URL('../', import.meta.url))
const shared = fileURLToPath(new URL('../../../shared/', import.meta.url))
const scenarioFolder = join(shared, 'conformance/scenarios')
const reference = join(shared, 'reference/apiserver.md')

/** Titles of tests and of groups: the first text in a call of `it`, `test` or `describe`, or in the call behind a table. */
const TITLE = /(?:\b(?:describe|it|test)|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\])+)\1/gs

const sources = new Map<string, { text: string; titles: Set<string> }>()

function sourceOf(file: string): { text: string; titles: Set<string> } {
  const known = sources.get(file)
  if (known) return known
  const text = existsSync(join(tests, file)) ? readFileSync(join(tests, file), 'utf8') : ''
  const titles = new Set([...text.matchAll(TITLE)].map(([, , title]) => (title ?? '').replaceAll("\\'", "'")))
  const source = { text, titles }
  sources.set(file, source)
  return source
}

const steps = new Map<string, Set<string>>()
if (existsSync(scenarioFolder))
  for (const name of readdirSync(scenarioFolder).filter((file) => file.endsWith('.json'))) {
    const scenario = JSON.parse(readFileSync(join(scenarioFolder, name), 'utf8')) as {
      name: string
      steps: { title?: string }[]
    }
    steps.set(scenario.name, new Set(scenario.steps.map(({ title }) => title ?? '')))
  }

function missing(evidence: Evidence): string | undefined {
  if ('scenario' in evidence) {
    if (steps.size === 0 || steps.get(evidence.scenario)?.has(evidence.step)) return undefined
    return `no step ${JSON.stringify(evidence.step)} in the scenario ${evidence.scenario}`
  }
  const { file, title, saying } = evidence
  const { text, titles } = sourceOf(file)
  if (!titles.has(title)) return `no test ${JSON.stringify(title)} in test/${file}`
  return saying === undefined || text.includes(saying) ? undefined : `test/${file} does not say ${saying}`
}

/** How many things each section of the reference says: its bullets, rows, numbers and paragraphs. */
function countLines(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  let section = ''
  let code = false
  const lines = text.split('\n')
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('```')) code = !code
    else if (line.startsWith('## ')) section = line.split(/[ .]/)[1] ?? ''
    else if (section !== '' && says(line, lines[i + 1] ?? '', code)) counts.set(section, (counts.get(section) ?? 0) + 1)
  }
  return counts
}

const isRule = (line: string): boolean => /^[|\s-]+$/.test(line)

function says(line: string, next: string, code: boolean): boolean {
  if (line.trim() === '' || isRule(line)) return false
  const isHead = line.startsWith('|') && next.startsWith('|') && isRule(next)
  return code || !(isHead || /^[^|]*:$/.test(line))
}

describe.each(CHECKLIST)('section %s of the checklist', (_section, lines, items) => {
  it('has an item for each line', () => {
    expect(items).toHaveLength(lines)
    expect(new Set(items.map(({ what }) => what)).size).toBe(lines)
  })

  it('has for each item a test or a recording that exists, or a reason', () => {
    const problems = items.flatMap(({ what, evidence, not }) => {
      const faults = evidence.map(missing).filter((fault) => fault !== undefined)
      if (evidence.length === 0 && !not) faults.push('neither a test nor a reason')
      return faults.map((fault) => `${what}: ${fault}`)
    })
    expect(problems).toEqual([])
  })
})

describe('the checklist', () => {
  it('finds out a test that does not exist', () => {
    expect(missing({ file: 'conformance/checklist.test.ts', title: 'nobody wrote this', saying: undefined })).toBe(
      'no test "nobody wrote this" in test/conformance/checklist.test.ts',
    )
    expect(missing({ file: 'nowhere.test.ts', title: 'x', saying: undefined })).toContain('no test "x"')
  })

  it.skipIf(steps.size === 0)('finds out a step that was not recorded', () => {
    expect(missing({ scenario: 'apply', step: 'nobody did this' })).toContain('no step "nobody did this"')
  })

  it.skipIf(!existsSync(reference))('has as many lines as the reference', () => {
    const counted = CHECKLIST.map(([section, lines]) => [section, lines])
    expect(counted).toEqual([...countLines(readFileSync(reference, 'utf8'))])
  })
})
