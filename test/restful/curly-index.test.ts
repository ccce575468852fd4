import { expect, test } from 'vitest'
import { CurlyRouter, WebService } from '../../lib/restful/index.js'
import { Random } from './random.js'
import { message, table } from './routed.js'

// The rules written down plainly, one route after the other, to hold the index against.

const VERB = /:[A-Za-z]+$/
const tokensOf = (path: string): string[] => (path === '/' ? [] : path.replace(/^\/+|\/+$/g, '').split('/'))

function expression(token: string): string | undefined {
  const colon = token.indexOf(':')
  return colon === -1 ? undefined : token.slice(colon + 1, -1)
}

/** Static tokens and parameters of a template that matches; undefined when it does not. */
function matched(template: string, path: string): readonly [number, number] | undefined {
  const route = tokensOf(template)
  const request = tokensOf(path)
  const verbs = VERB.test(template)
  if (request.length > route.length && !route.at(-1)?.endsWith('*}')) return undefined
  let statics = 0
  let parameters = 0
  for (const [i, whole] of route.entries()) {
    let token = whole
    let value = request[i]
    if (value === undefined) return undefined
    const verb = verbs ? VERB.exec(token)?.[0] : undefined
    if (verb !== undefined) {
      if (!value.endsWith(verb)) return undefined
      statics++
      token = token.slice(0, -verb.length)
      value = value.slice(0, -verb.length)
    }
    if (!token.startsWith('{')) {
      if (token !== value) return undefined
      statics++
      continue
    }
    parameters++
    const source = expression(token)
    if (source === '*') break
    if (source !== undefined && !new RegExp(source).test(value)) return undefined
  }
  return [statics, parameters]
}

function score(root: string, path: string): number {
  const service = tokensOf(root)
  const request = tokensOf(path)
  if (service.length > request.length) return -1
  let sum = 0
  for (const [i, token] of service.entries()) {
    const value = request[i]!
    if (token === '' && value === '') sum++
    else if (token.startsWith('{')) {
      if (value === '') return -1
      const source = expression(token)
      sum += source !== undefined && (source === '*' || new RegExp(source).test(value)) ? 2 : 1
    } else if (token !== value) return -1
    else sum += (service.length - i) * 10
  }
  return sum
}

function decide(services: readonly (readonly [root: string, templates: readonly string[]])[], path: string): string {
  let best: readonly [number, readonly string[]] = [-1, []]
  for (const [root, templates] of services) {
    const points = score(root, path)
    if (points > best[0]) best = [points, templates.map((each) => joined(root, each))]
  }
  let chosen: readonly [number, number, string] | undefined
  for (const template of best[1]) {
    const counts = matched(template, path)
    if (counts === undefined) continue
    const candidate = [...counts, template] as const
    if (chosen === undefined || compare(candidate, chosen) > 0) chosen = candidate
  }
  return chosen?.[2] ?? 'none'
}

function joined(root: string, template: string): string {
  return `${root === '/' ? '' : root}/${template.replace(/^\/+/, '')}`
}

function compare(a: readonly [number, number, string], b: readonly [number, number, string]): number {
  return a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0)
}

const TOKENS = [
  'a',
  'b',
  'c',
  '{x}',
  '{y}',
  '{x:[ab]}',
  '{x:^[0-9]+$}',
  '{x:[a-z]*}',
  '{x:*}',
  '',
  'b:go',
  '{x}:go',
  '{x:[0-9]}:go',
]
const ROOT_TOKENS = ['a', 'b', '{x}', '{y:[ab]}', '{z:*}']
const VALUES = ['a', 'b', 'c', '1', 'a1', '', 'b:go', '1:go', 'go']

function somePath(random: Random, tokens: readonly string[], most: number): string {
  return `/${Array.from({ length: random.below(most + 1) }, () => random.pick(tokens)).join('/')}`
}

test('the index decides as the rules do, route by route', () => {
  const random = new Random(7)
  let found = 0
  for (let round = 0; round < 400; round++) {
    const roots = new Set(Array.from({ length: 1 + random.below(4) }, () => somePath(random, ROOT_TOKENS, 3)))
    const plan = [...roots].map((root) => {
      const templates = Array.from({ length: 1 + random.below(12) }, () => somePath(random, TOKENS, 4))
      return [root, templates] as const
    })
    const services = plan.map(([root, templates]) => {
      const ws = new WebService().path(root)
      for (const template of templates) ws.route(ws.get(template).to(() => {}))
      return ws
    })
    const routes = table(new CurlyRouter(), services)
    for (let i = 0; i < 40; i++) {
      const path = somePath(random, VALUES, 6)
      const selected = routes.selectRoute(path, message())
      const ours = 'route' in selected ? selected.route.path : 'none'
      expect([plan, path, ours]).toEqual([plan, path, decide(plan, path)])
      if (ours !== 'none') found++
    }
  }
  expect(found).toBeGreaterThan(1000)
})

test('among ten thousand routes and services each path finds its own', () => {
  const services = Array.from({ length: 100 }, (_, group) => {
    const ws = new WebService().path(`/apis/g${group}`)
    for (let kind = 0; kind < 100; kind++) ws.route(ws.get(`/{namespace}/k${kind}/{name}`).to(() => {}))
    return ws
  })
  const routes = table(new CurlyRouter(), services)
  for (const [group, kind] of [
    [0, 0],
    [57, 3],
    [99, 99],
  ] as const) {
    const selected = routes.selectRoute(`/apis/g${group}/ns/k${kind}/x`, message())
    if (!('route' in selected)) throw selected
    expect(selected.route.path).toBe(`/apis/g${group}/{namespace}/k${kind}/{name}`)
    expect(selected.parameters.get('name')).toBe('x')
  }
})
