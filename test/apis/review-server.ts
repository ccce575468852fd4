import { expect } from 'vitest'
import type { TokenAuthenticator } from '../../lib/authentication/index.js'
import { type Authorizer, authorizerOf, rbac } from '../../lib/authorization/index.js'
import { type Guarded, guarded } from './harness.js'

export const AUTHORIZATION = '/apis/authorization.k8s.io/v1'
export const AUTHENTICATION = '/apis/authentication.k8s.io/v1'

const policy = rbac({
  objects: [
    {
      kind: 'ClusterRole',
      metadata: { name: 'reader' },
      rules: [{ verbs: ['get', 'list'], apiGroups: ['wardle.example.com'], resources: ['flunders'] }],
    },
    {
      kind: 'RoleBinding',
      metadata: { name: 'readers', namespace: 'default' },
      subjects: [
        { kind: 'User', name: 'jane' },
        { kind: 'Group', name: 'devs' },
      ],
      roleRef: { kind: 'ClusterRole', name: 'reader' },
    },
  ],
})

const denying: Authorizer = {
  authorize({ verb }) {
    if (verb === 'explode') throw new Error('out of order')
    return verb === 'delete'
      ? { decision: 'deny', reason: 'nothing is deleted' }
      : { decision: 'noOpinion', reason: '' }
  },
}
const tokens: TokenAuthenticator = {
  authenticateToken: async (token, audiences) => {
    if (token === 'bad') throw new Error('expired')
    if (token !== 'good' && token !== 'plain') return undefined
    const user = { name: 'jane', uid: 'u1', groups: ['devs'], extra: { scopes: ['a'] } }
    return {
      user,
      ...(token === 'good'
        ? { audiences: ['api', 'other'].filter((one) => audiences?.includes(one) ?? one === 'api') }
        : {}),
    }
  },
}

/** Who may ask everything. */
export const asMaster = { as: 'root', groups: ['system:masters'] }

export interface Review {
  readonly metadata: Record<string, unknown>
  readonly spec: unknown
  readonly status: Record<string, unknown>
}

type Who = { readonly as: string; readonly groups?: string[] }

export interface ReviewServer extends Guarded {
  /** Asks as a master of everything, unless said otherwise. */
  post(path: string, body: unknown, who?: Who): ReturnType<Guarded['send']>
  /** What a review that is taken is answered. */
  status(path: string, body: unknown, who?: Who): Promise<Review['status']>
}

/** Jane and devs may read flunders in `default`; nothing is deleted; `explode` fails. */
export function reviewServer(): ReviewServer {
  const server = guarded({
    authorizer: authorizerOf({ rbac: policy, authorizers: [denying] }),
    tokenAuthenticator: tokens,
  })
  const post: ReviewServer['post'] = (path, body, who = asMaster) =>
    server.send(path, { ...who, body, headers: { 'user-agent': 'tester/1' } })
  return {
    get url() {
      return server.url
    },
    reported: server.reported,
    send: server.send,
    post,
    async status(path, body, who) {
      const answer = await post(path, body, who)
      expect(answer.status, answer.text).toBe(201)
      return answer.json<Review>().status
    },
  }
}

export const flunders = (verb: string, namespace = 'default') => ({
  verb,
  namespace,
  group: 'wardle.example.com',
  resource: 'flunders',
})
