import { describe, expect, test } from 'vitest'
import { AdmissionChain, type AdmissionPlugin, type Attributes, type Operation } from '../../lib/admission/index.js'
import { backgroundContext } from '../../lib/meta/context.js'
import { forbidden } from '../../lib/meta/index.js'

const ctx = backgroundContext()

const attributes = (operation: Operation): Attributes => ({
  operation,
  kind: { group: 'example.com', version: 'v1', kind: 'Widget' },
  resource: { group: 'example.com', version: 'v1', resource: 'widgets' },
  subresource: '',
  name: 'a',
  namespace: 'default',
  object: { metadata: { name: 'a' } },
  oldObject: undefined,
  dryRun: false,
})

/** Plugins that write down when they are asked. */
function recorded(...plugins: { name: string; handles?: Operation[]; refuses?: 'admit' | 'validate' }[]) {
  const log: string[] = []
  const chain = new AdmissionChain(
    plugins.map(({ name, handles = ['CREATE'], refuses }): AdmissionPlugin => {
      const step = (phase: 'admit' | 'validate') => async () => {
        log.push(`${phase} ${name}`)
        if (refuses === phase) throw forbidden({ group: 'example.com', resource: 'widgets' }, 'a', `${name} says no`)
      }
      return { name, handles, admit: step('admit'), validate: step('validate') }
    }),
  )
  return { chain, log }
}

test('plugins are asked in their order, for the operations they handle', async () => {
  const { chain, log } = recorded({ name: 'b' }, { name: 'other', handles: ['DELETE'] }, { name: 'a' })
  await chain.admit(ctx, attributes('CREATE'))
  await chain.validate(ctx, attributes('CREATE'))
  expect(log).toEqual(['admit b', 'admit a', 'validate b', 'validate a'])
})

test('the first refusal ends it, and reaches the caller as it is', async () => {
  const { chain, log } = recorded({ name: 'a' }, { name: 'b', refuses: 'validate' }, { name: 'c' })
  await expect(chain.validate(ctx, attributes('CREATE'))).rejects.toMatchObject({
    status: { code: 403, message: 'widgets.example.com "a" is forbidden: b says no' },
  })
  expect(log).toEqual(['validate a', 'validate b'])
})

test('a change that one plugin makes is seen by the next', async () => {
  const seen: unknown[] = []
  const label = (name: string): AdmissionPlugin => ({
    name,
    handles: ['CREATE'],
    admit(_, { object }) {
      seen.push(object?.metadata.labels)
      if (object) object.metadata.labels = { ...object.metadata.labels, [name]: 'was here' }
    },
  })
  await new AdmissionChain([label('first'), label('second')]).admit(ctx, attributes('CREATE'))
  expect(seen).toEqual([undefined, { first: 'was here' }])
})

describe('what a plugin can do is known beforehand', () => {
  const chain = new AdmissionChain([
    { name: 'mutates', handles: ['CREATE'], admit() {} },
    { name: 'validates', handles: ['UPDATE', 'DELETE'], validate() {} },
  ])

  test.each([
    ['CREATE', true, false],
    ['UPDATE', false, true],
    ['DELETE', false, true],
    ['CONNECT', false, false],
  ] as const)('%s', (operation, mutates, validates) => {
    expect([chain.mutates(operation), chain.validates(operation)]).toEqual([mutates, validates])
  })
})

describe('a plugin is refused when the chain is made', () => {
  test.each([
    ['because it neither admits nor validates', [{ name: 'idle', handles: [] }], 'neither admits nor validates'],
    [
      'because its name is taken',
      [
        { name: 'twin', handles: [], admit() {} },
        { name: 'twin', handles: [], validate() {} },
      ],
      'admission plugin twin is registered twice',
    ],
  ])('%s', (_, plugins: AdmissionPlugin[], message) => {
    expect(() => new AdmissionChain(plugins)).toThrow(message)
  })
})
