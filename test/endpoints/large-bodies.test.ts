import type { KubeObject } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FieldManager } from '../../lib/endpoints/fieldmanager/index.js'
import { admitFields } from '../../lib/endpoints/handlers/decode.js'
import { decodeJSON, encodeJSON } from '../../lib/runtime/json/index.js'
import { Scheme } from '../../lib/runtime/scheme.js'
import type { Steps } from '../../lib/runtime/steps.js'
import { send } from '../support/server.js'
import { v1 } from './fieldmanager/crews.js'
import { GADGETS, type Served, serveApi } from './watch/served.js'

const NAMES = 20_000

/** How often a member of these is read, or what it holds is listed: what a walk over a value costs, whatever the clock says. */
let visits = 0
const counting: ProxyHandler<object> = {
  get(target, key) {
    visits++
    return Reflect.get(target, key)
  },
  ownKeys(target) {
    const keys = Reflect.ownKeys(target)
    visits += keys.length
    return keys
  },
}

const tags = (value: string) =>
  new Proxy(Object.fromEntries(Array.from({ length: NAMES }, (_, i) => [`n${i}`, value])), counting)
const skills = () =>
  new Proxy(
    Array.from({ length: NAMES }, (_, i) => `s${i}`),
    counting,
  )
const crew = (spec: object): KubeObject => ({
  apiVersion: v1.apiVersion,
  kind: 'Crew',
  metadata: { name: 'a', uid: 'u' },
  spec,
})
const stored = (object: KubeObject) => decodeJSON(encodeJSON(object)).value as KubeObject

/** The most members that were read between two places where others get a turn. */
function longestStep<T>(steps: Steps<T>): { readonly result: T; readonly visits: number; readonly steps: number } {
  let longest = 0
  for (let count = 1; ; count++) {
    visits = 0
    const step = steps.next()
    longest = Math.max(longest, visits)
    if (step.done) return { result: step.value, visits: longest, steps: count }
  }
}

describe('the work on a large object', () => {
  const manager = new FieldManager({ kind: v1, scheme: new Scheme().addKnownKind(v1), subresource: '' }, {})
  const admit = function* (object: KubeObject): Steps<KubeObject> {
    return (yield* admitFields(object, v1)).object
  }
  const options = { manager: 'me', force: false, admit }
  /** A pass over a value asks for its keys once or twice, and looks at each member a few times. */
  const FEW_PASSES = 5 * NAMES

  it.each([
    ['a map', () => ({ tags: tags('x') })],
    ['a set', () => ({ skills: skills() })],
  ])('pauses after each pass when %s is applied, for the first time and again', (_, spec) => {
    const first = longestStep(manager.applySteps(undefined, crew(spec()), options))
    expect(first.visits).toBeGreaterThan(NAMES)
    expect(first.visits).toBeLessThan(FEW_PASSES)
    const again = longestStep(manager.applySteps(stored(first.result), crew(spec()), options))
    expect(again.visits).toBeLessThan(FEW_PASSES)
    expect(again.steps).toBeGreaterThan(10)
  })

  it('pauses after each pass when every field gets another value', () => {
    const live = stored(manager.apply(undefined, crew({ tags: tags('x') }), options))
    const { visits: longest } = longestStep(manager.updateSteps(live, crew({ tags: tags('y') }), 'other'))
    expect(longest).toBeGreaterThan(NAMES)
    expect(longest).toBeLessThan(FEW_PASSES)
  })
})

describe('a large body', () => {
  let served: Served
  beforeAll(async () => {
    served = await serveApi()
  })
  afterAll(() => served.close())

  const LABELS = 4_000
  const labels = (value: string) => Object.fromEntries(Array.from({ length: LABELS }, (_, i) => [`label-${i}`, value]))
  const body = (name: string, value: string) => ({
    apiVersion: 'watched.example.com/v1',
    kind: 'Gadget',
    metadata: { name, labels: labels(value) },
  })

  it.each([
    ['POST', '', {}],
    ['PATCH', '/patched', { 'content-type': 'application/merge-patch+json' }],
    ['PATCH', '/applied?fieldManager=me', { 'content-type': 'application/apply-patch+yaml' }],
  ])('is accepted and stored whole: %s %s', async (method, path, headers) => {
    const name = path === '' ? 'made' : path.slice(1).split('?')[0]!
    if (name === 'patched') await served.create(GADGETS, { metadata: { name } })
    const answer = await send(served.url + GADGETS + path, { method, headers, body: body(name, 'x') })
    expect(answer.status).toBeLessThan(300)
    expect(answer.json<KubeObject>().metadata.labels).toEqual(labels('x'))
  })

  it.each([
    ['a million operations', 'PATCH', `[${'0,'.repeat(999_999)}0]`, 'application/json-patch+json'],
    [
      'a map of 100,000 names',
      'POST',
      JSON.stringify({ a: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [i, 0])) }),
      'application/json',
    ],
    ['a million list items', 'POST', `{"a":[${'0,'.repeat(999_999)}0]}`, 'application/json'],
    ['many list items in YAML', 'POST', `a:\n${'- 0\n'.repeat(40_000)}`, 'application/yaml'],
    ['many list items to apply', 'PATCH', `{"a":[${'0,'.repeat(99_999)}0]}`, 'application/apply-patch+yaml'],
  ])('of %s is refused for what it is', async (_, method, text, type) => {
    const path = method === 'PATCH' ? '/made?fieldManager=me' : ''
    const answer = await send(served.url + GADGETS + path, { method, headers: { 'content-type': type }, body: text })
    expect([answer.status, answer.json<{ reason: string }>().reason]).toEqual([413, 'RequestEntityTooLarge'])
    expect(answer.json<Error>().message).toMatch(
      /^Request entity too large: (limit is \d+ |The allowed maximum operations)/,
    )
  })
})
