import { describe, expect, test } from 'vitest'
import {
  FlowController,
  type FlowSchema,
  MANDATORY_FLOW_SCHEMAS,
  MANDATORY_PRIORITY_LEVELS,
  type PriorityLevelConfiguration,
  SUGGESTED_FLOW_SCHEMAS,
  SUGGESTED_PRIORITY_LEVELS,
} from '../../lib/flowcontrol/index.js'
import { validateFlowSchema } from '../../lib/flowcontrol/validate-flow-schema.js'
import { validatePriorityLevelConfiguration } from '../../lib/flowcontrol/validate-priority-level.js'
import { fieldErrorText } from '../../lib/meta/field/index.js'
import { VirtualClock } from './harness.js'

/** Objects as they may come out of a file, whatever their type says. */
type Loose = Record<string, unknown>

describe('a priority level', () => {
  const problems = (spec: Loose, name = 'mine') =>
    validatePriorityLevelConfiguration({ metadata: { name }, spec } as unknown as PriorityLevelConfiguration).map(
      fieldErrorText,
    )
  const limited = (more: Loose, response: Loose = { type: 'Reject' }) => ({
    type: 'Limited',
    limited: { limitResponse: response, ...more },
  })
  const queuing = (more: Loose) => limited({}, { type: 'Queue', queuing: more })

  test.each<[what: string, spec: Loose, name?: string]>([
    ['that rejects', limited({})],
    ['that queues as is usual', limited({}, { type: 'Queue' })],
    ['without shares', limited({ nominalConcurrencyShares: 0 })],
    ['that lends all', limited({ lendablePercent: 100, borrowingLimitPercent: 0 })],
    ['with one line', queuing({ queues: 1, handSize: 1, queueLengthLimit: 1 })],
    ['of exempt requests', { type: 'Exempt' }, 'exempt'],
    ['of exempt requests, with shares', { type: 'Exempt', exempt: { nominalConcurrencyShares: 5 } }, 'exempt'],
  ])('%s is valid', (_, spec, name) => {
    expect(problems(spec, name)).toEqual([])
  })

  test.each<[what: string, spec: Loose, problem: string, name?: string]>([
    ['of no kind', { type: 'Free' }, 'spec.type: Unsupported value: "Free": supported values: "Exempt", "Limited"'],
    ['that is exempt by another name', { type: 'Exempt' }, "must be 'Exempt' for the level 'exempt', and for no other"],
    ['named exempt that is not', limited({}), "must be 'Exempt' for the level 'exempt'", 'exempt'],
    ['that says nothing of its limits', { type: 'Limited' }, 'spec.limited: Required value'],
    [
      'that says nothing of its response',
      { type: 'Limited', limited: {} },
      'spec.limited.limitResponse.type: Unsupported value',
    ],
    [
      'with shares below zero',
      limited({ nominalConcurrencyShares: -1 }),
      'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
    ],
    [
      'with shares that are no number',
      limited({ nominalConcurrencyShares: '5' }),
      'spec.limited.nominalConcurrencyShares',
    ],
    ['with half a share', limited({ nominalConcurrencyShares: 0.5 }), 'spec.limited.nominalConcurrencyShares'],
    [
      'that lends more than it has',
      limited({ lendablePercent: 101 }),
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
    ],
    ['that borrows less than nothing', limited({ borrowingLimitPercent: -1 }), 'spec.limited.borrowingLimitPercent'],
    [
      'that rejects into queues',
      limited({}, { type: 'Reject', queuing: {} }),
      'spec.limited.limitResponse.queuing: Forbidden',
    ],
    [
      'that queues what nothing matches',
      limited({}, { type: 'Queue' }),
      "must be 'Reject' for the level 'catch-all'",
      'catch-all',
    ],
    [
      'without queues',
      queuing({ queues: 0 }),
      'spec.limited.limitResponse.queuing.queues: Invalid value: 0: must be positive',
    ],
    ['with too many queues', queuing({ queues: 10_000_001, handSize: 1 }), 'must not be greater than 10000000'],
    ['whose hand is empty', queuing({ handSize: 0 }), 'queuing.handSize: Invalid value: 0: must be positive'],
    ['whose hand is larger than its deck', queuing({ queues: 7 }), 'should not be greater than queues (7)'],
    [
      'whose hand needs too long a hash',
      queuing({ queues: 1024, handSize: 7 }),
      'required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60',
    ],
    [
      'where nobody may wait',
      queuing({ queueLengthLimit: 0 }),
      'queuing.queueLengthLimit: Invalid value: 0: must be positive',
    ],
    ['whose name is none', limited({}), 'metadata.name: Invalid value: "A b"', 'A b'],
  ])('%s is refused', (_, spec, problem, name) => {
    expect(problems(spec, name).join()).toContain(problem)
  })
})

describe('a flow schema', () => {
  const problems = (spec: Loose | undefined, name = 'mine') =>
    validateFlowSchema({ metadata: { name }, spec } as unknown as FlowSchema, new Set(['system'])).map(fieldErrorText)
  const schema = (more: Loose) => ({ priorityLevelConfiguration: { name: 'system' }, ...more })
  const subjects = [{ kind: 'User', user: { name: 'alice' } }]
  const resources = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true }
  const rule = (more: Loose) => schema({ rules: [{ subjects, resourceRules: [resources], ...more }] })
  const subject = (more: Loose) => rule({ subjects: [more] })
  const resource = (more: Loose) => rule({ resourceRules: [{ ...resources, ...more }] })
  const path = (...nonResourceURLs: string[]) =>
    rule({ resourceRules: [], nonResourceRules: [{ verbs: ['get'], nonResourceURLs }] })

  test.each<[what: string, spec: Loose]>([
    ['without rules', schema({})],
    ['of resources', rule({})],
    ['of paths', path('/healthz', '/healthz/*')],
    ['by namespace', schema({ distinguisherMethod: { type: 'ByNamespace' } })],
    ['of the last precedence', schema({ matchingPrecedence: 10_000 })],
    ['of a service account', subject({ kind: 'ServiceAccount', serviceAccount: { namespace: 'a', name: '*' } })],
  ])('%s is valid', (_, spec) => {
    expect(problems(spec)).toEqual([])
  })

  test.each<[what: string, spec: Loose | undefined, problem: string, name?: string]>([
    ['without a spec', undefined, 'spec: Required value'],
    ['without a level', {}, 'spec.priorityLevelConfiguration.name: Required value: must reference a priority level'],
    [
      'of a level that is not there',
      { priorityLevelConfiguration: { name: 'x' } },
      'spec.priorityLevelConfiguration.name: Not found: "x"',
    ],
    [
      'of precedence 0',
      schema({ matchingPrecedence: 0 }),
      'spec.matchingPrecedence: Invalid value: 0: must be a positive value',
    ],
    ['of precedence 10001', schema({ matchingPrecedence: 10_001 }), 'must not be greater than 10000'],
    [
      'of precedence 1',
      schema({ matchingPrecedence: 1 }),
      "only the schema named 'exempt' may have matchingPrecedence 1",
    ],
    [
      'that tells flows apart by nothing known',
      schema({ distinguisherMethod: { type: 'ByVerb' } }),
      'spec.distinguisherMethod.type: Unsupported value: "ByVerb"',
    ],
    ['for nobody', rule({ subjects: [] }), 'spec.rules[0].subjects: Required value'],
    [
      'for nothing',
      rule({ resourceRules: [] }),
      'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ],
    ['for a subject of no kind', subject({ kind: 'Robot' }), 'spec.rules[0].subjects[0].kind: Unsupported value'],
    ['for a user without a name', subject({ kind: 'User' }), 'spec.rules[0].subjects[0].user.name: Required value'],
    ['for a group without a name', subject({ kind: 'Group', group: { name: '' } }), 'subjects[0].group.name'],
    [
      'for an account of no namespace',
      subject({ kind: 'ServiceAccount', serviceAccount: { name: 'a' } }),
      'serviceAccount.namespace',
    ],
    [
      'for an account without a name',
      subject({ kind: 'ServiceAccount', serviceAccount: { namespace: 'a' } }),
      'serviceAccount.name',
    ],
    ['of no verbs', resource({ verbs: [] }), 'spec.rules[0].resourceRules[0].verbs: Required value'],
    ['of all verbs and one more', resource({ verbs: ['*', 'get'] }), "if '*' is present, must not specify other verbs"],
    ['of no groups', resource({ apiGroups: undefined }), 'resourceRules[0].apiGroups: Required value'],
    ['of no resources', resource({ resources: [] }), 'resourceRules[0].resources: Required value'],
    ['of neither namespaces nor the cluster', resource({ clusterScope: false }), 'must supply at least one namespace'],
    [
      'of all namespaces and one more',
      resource({ namespaces: ['*', 'a'] }),
      'resourceRules[0].namespaces: Invalid value',
    ],
    ['of no paths', path(), 'nonResourceRules[0].nonResourceURLs: Required value'],
    [
      'of a path without a slash',
      path('healthz'),
      'nonResourceURLs[0]: Invalid value: "healthz": must start with \'/\'',
    ],
    ['named exempt that is another', schema({}), "spec of 'exempt' must equal the fixed value", 'exempt'],
    ['named catch-all that is another', schema({}), "spec of 'catch-all' must equal the fixed value", 'catch-all'],
    ['whose name is none', schema({}), 'metadata.name: Invalid value: "A b"', 'A b'],
  ])('%s is refused', (_, spec, problem, name) => {
    expect(problems(spec, name).join()).toContain(problem)
  })
})

describe('the built-in objects', () => {
  const levels = [...MANDATORY_PRIORITY_LEVELS, ...SUGGESTED_PRIORITY_LEVELS]
  const schemas = [...MANDATORY_FLOW_SCHEMAS, ...SUGGESTED_FLOW_SCHEMAS]
  const names = new Set(levels.map(({ metadata }) => metadata.name))

  test.each(levels)('$metadata.name is a valid level', (level) => {
    expect(validatePriorityLevelConfiguration(level)).toEqual([])
  })

  test.each(schemas)('$metadata.name is a valid schema', (schema) => {
    expect(validateFlowSchema(schema, names)).toEqual([])
  })
})

describe('a controller', () => {
  const clock = new VirtualClock()

  test('names everything that is wrong with the objects it is given', () => {
    const build = () =>
      new FlowController({
        clock,
        priorityLevels: [{ metadata: { name: 'a' }, spec: { type: 'Exempt' } }],
        flowSchemas: [{ metadata: { name: 'b' }, spec: { priorityLevelConfiguration: { name: 'c' } } }],
      })
    expect(build).toThrow(
      `PriorityLevelConfiguration "a" is invalid: spec.type: Invalid value: "Exempt": must be 'Exempt' for the level 'exempt', and for no other; FlowSchema "b" is invalid: spec.priorityLevelConfiguration.name: Not found: "c"`,
    )
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 60])('cannot share out %d seats', (totalConcurrency) => {
    expect(() => new FlowController({ clock, totalConcurrency })).toThrow(RangeError)
  })

  test('keeps a schema whose level is replaced', () => {
    const priorityLevels: PriorityLevelConfiguration[] = [
      {
        metadata: { name: 'global-default' },
        spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
      },
    ]
    const controller = new FlowController({ clock, priorityLevels })
    const schema = controller.schemas.find(({ name }) => name === 'global-default')
    expect([schema?.level.limits.nominal, schema?.level.queueSet.queues.length]).toEqual([3, 0])
  })
})
