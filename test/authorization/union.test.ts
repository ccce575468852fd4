import { describe, expect, test } from 'vitest'
import {
  type Authorizer,
  type AuthorizerResult,
  alwaysAllow,
  alwaysDeny,
  callbackAuthorizer,
  privilegedGroups,
  unionAuthorizer,
} from '../../lib/authorization/index.js'
import { atOnce, path, resource, user } from './asked.js'

const asked = resource(user('jane', 'devs'), 'get', { resource: 'pods' })

const says = (decision: AuthorizerResult['decision'], reason = '', error?: unknown): Authorizer => ({
  authorize: () => ({ decision, reason, ...(error === undefined ? {} : { error }) }),
})
const saysLater = (decision: AuthorizerResult['decision'], reason = ''): Authorizer => ({
  authorize: async () => ({ decision, reason }),
})
const fails = (message: string): Authorizer => ({
  authorize() {
    throw new Error(message)
  },
})
const failsLater = (message: string): Authorizer => ({ authorize: () => Promise.reject(new Error(message)) })
const neverAsked: Authorizer = {
  authorize() {
    throw new Error('this one should not have been asked')
  },
}

describe('a union', () => {
  test('stops at the first that allows, and says its reason alone', () => {
    const union = unionAuthorizer(says('noOpinion', 'not mine'), says('allow', 'yes'), neverAsked)
    expect(atOnce(union.authorize(asked))).toEqual({ decision: 'allow', reason: 'yes' })
  })

  test('stops at the first that denies: a later one cannot allow', () => {
    expect(atOnce(unionAuthorizer(says('deny', 'no'), alwaysAllow).authorize(asked))).toEqual({
      decision: 'deny',
      reason: 'no',
    })
  })

  test('without an opinion joins the reasons there are by line breaks', () => {
    const union = unionAuthorizer(says('noOpinion', 'a'), says('noOpinion'), says('noOpinion', 'b'))
    expect(atOnce(union.authorize(asked))).toEqual({ decision: 'noOpinion', reason: 'a\nb' })
  })

  test('of nobody has no opinion', () => {
    expect(atOnce(unionAuthorizer().authorize(asked))).toEqual({ decision: 'noOpinion', reason: '' })
  })

  test('goes on behind one that fails, and forgets the failure when another allows', async () => {
    expect(atOnce(unionAuthorizer(fails('broken'), says('allow', 'yes')).authorize(asked))).toEqual({
      decision: 'allow',
      reason: 'yes',
    })
    expect(await unionAuthorizer(failsLater('broken'), says('allow')).authorize(asked)).toMatchObject({
      decision: 'allow',
    })
  })

  test('tells all failures when nobody decides', async () => {
    const { decision, error } = await unionAuthorizer(fails('one'), failsLater('two'), fails('one')).authorize(asked)
    expect(decision).toBe('noOpinion')
    expect((error as Error).message).toBe('[one, two]')
  })

  test('waits for one that must, in the order of all', async () => {
    expect(
      await unionAuthorizer(saysLater('noOpinion', 'a'), says('noOpinion', 'b'), saysLater('noOpinion', 'c')).authorize(
        asked,
      ),
    ).toEqual({
      decision: 'noOpinion',
      reason: 'a\nb\nc',
    })
    expect(await unionAuthorizer(saysLater('deny', 'no'), neverAsked).authorize(asked)).toMatchObject({
      decision: 'deny',
    })
  })

  test.each([undefined, null, true, 'allow', {}, { decision: 'yes', reason: '' }, { decision: 'allow' }])(
    'takes %o for a failure, not for a decision',
    async (answer) => {
      for (const authorize of [() => answer, async () => answer]) {
        const { decision, error } = await unionAuthorizer({ authorize } as unknown as Authorizer).authorize(asked)
        expect(decision).toBe('noOpinion')
        expect((error as Error).message).toMatch(
          /^an authorizer answered .* is no decision: .*'allow', 'deny' or 'noOpinion'/,
        )
      }
    },
  )

  test('hands the waiting request to each', () => {
    const waiting = { signal: new AbortController().signal }
    const seen: unknown[] = []
    const look: Authorizer = {
      authorize(_, given) {
        seen.push(given)
        return { decision: 'noOpinion', reason: '' }
      },
    }
    atOnce(unionAuthorizer(look, look).authorize(asked, waiting))
    expect(seen).toEqual([waiting, waiting])
  })

  test('lists the rules of all, and says where it cannot', async () => {
    const readers = {
      ...says('noOpinion'),
      rulesFor: () => ({ resourceRules: [{ verbs: ['get'] }], nonResourceRules: [], incomplete: false }),
    }
    const writers = {
      ...says('noOpinion'),
      rulesFor: async () => ({
        resourceRules: [{ verbs: ['put'] }],
        nonResourceRules: [{ verbs: ['post'] }],
        incomplete: false,
      }),
    }
    expect(await unionAuthorizer(readers, writers).rulesFor(asked.user, '')).toEqual({
      resourceRules: [{ verbs: ['get'] }, { verbs: ['put'] }],
      nonResourceRules: [{ verbs: ['post'] }],
      incomplete: false,
    })
    const broken = {
      ...says('noOpinion'),
      rulesFor: () => {
        throw new Error('broken')
      },
    }
    const { incomplete, error, resourceRules } = await unionAuthorizer(readers, says('allow'), broken).rulesFor(
      asked.user,
      '',
    )
    expect({ incomplete, resourceRules, message: (error as Error).message }).toEqual({
      incomplete: true,
      resourceRules: [{ verbs: ['get'] }],
      message: '[an authorizer does not support user rule resolution, broken]',
    })
  })
})

describe('fixed answers', () => {
  test('always-allow allows, always-deny forbids and says so, and lets those before it allow', () => {
    expect(atOnce(alwaysAllow.authorize(asked))).toEqual({ decision: 'allow', reason: '' })
    expect(atOnce(unionAuthorizer(alwaysDeny).authorize(asked))).toEqual({
      decision: 'noOpinion',
      reason: 'Everything is forbidden.',
    })
    expect(atOnce(unionAuthorizer(says('allow'), alwaysDeny).authorize(asked)).decision).toBe('allow')
  })

  test('privileged groups allow their members everything, and others nothing', async () => {
    const authorizer = privilegedGroups('system:masters', 'root')
    const master = user('x', 'devs', 'system:masters')
    expect(atOnce(authorizer.authorize({ ...asked, user: master })).decision).toBe('allow')
    expect(atOnce(authorizer.authorize(path(master, 'delete', '/x'))).decision).toBe('allow')
    expect(atOnce(authorizer.authorize(asked)).decision).toBe('noOpinion')
    expect(atOnce(authorizer.authorize({ ...asked, user: user('system:masters') })).decision).toBe('noOpinion')
    expect((await authorizer.rulesFor(master, '')).resourceRules).toEqual([
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    ])
    expect((await authorizer.rulesFor(asked.user, '')).resourceRules).toEqual([])
  })
})

describe('the function of a host application', () => {
  test('decides by a word, or by a word and a reason, at once or later', async () => {
    expect(atOnce(callbackAuthorizer(() => 'allow').authorize(asked))).toEqual({ decision: 'allow', reason: '' })
    expect(await callbackAuthorizer(async () => 'deny' as const).authorize(asked)).toEqual({
      decision: 'deny',
      reason: '',
    })
    const reasoned = { decision: 'deny', reason: 'it is late' } as const
    expect(atOnce(callbackAuthorizer(() => reasoned).authorize(asked))).toEqual(reasoned)
    expect(await callbackAuthorizer(async () => reasoned).authorize(asked)).toEqual(reasoned)
  })

  test.each([undefined, true, 1, 'yes', {}])('that answers %o lets nobody in', async (answer) => {
    for (const authorize of [() => answer, async () => answer]) {
      const { decision, error } = await unionAuthorizer(callbackAuthorizer(authorize as never)).authorize(asked)
      expect(decision).toBe('noOpinion')
      expect(error).toBeInstanceOf(Error)
    }
  })

  test('is shown everything that a request asks for', () => {
    const seen: unknown[] = []
    const attributes = resource(user('jane'), 'patch', {
      apiGroup: 'g',
      namespace: 'n',
      resource: 'r',
      subresource: 's',
      name: 'a',
    })
    atOnce(
      callbackAuthorizer((given) => {
        seen.push(given)
        return 'noOpinion'
      }).authorize(attributes),
    )
    expect(seen).toEqual([attributes])
  })
})
