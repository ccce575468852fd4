import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineResource, lmdb } from 'express-apiserver'
import { afterAll, beforeAll } from 'vitest'
import { AdmissionChain } from '../../lib/admission/index.js'
import { reviewGroups } from '../../lib/apis/index.js'
import type { TokenAuthenticator } from '../../lib/authentication/index.js'
import type { Authorizer, RuleResolver } from '../../lib/authorization/index.js'
import { RequestContext, type RestResource } from '../../lib/endpoints/index.js'
import { backgroundContext, type UserInfo } from '../../lib/meta/context.js'
import { requestPath } from '../../lib/restful/index.js'
import { installGroups } from '../../lib/server/api-groups.js'
import { Director } from '../../lib/server/director.js'
import { type OnDecision, withAuthorization } from '../../lib/server/filters/authorization.js'
import { withImpersonation } from '../../lib/server/filters/impersonation.js'
import { withRequestInfo } from '../../lib/server/filters/request-info.js'
import { withWarningRecorder } from '../../lib/server/filters/warning-recorder.js'
import { type Filter, handlerChain } from '../../lib/server/handler-chain.js'
import { PathRecorderMux } from '../../lib/server/path-recorder-mux.js'
import { writeText } from '../../lib/server/text.js'
import { type Answer, type ListeningServer, listenOn, type Sent, send } from '../support/server.js'

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const

export const flunders = defineResource({
  group: 'wardle.example.com',
  kind: 'Flunder',
  plural: 'flunders',
  scope: 'Namespaced',
  version: 'v1',
  schema: { type: 'object', properties: { spec: open, status: open } },
  statusSubresource: true,
})

/** What nobody in these tests is meant to see. */
export const fischers = defineResource({
  group: 'wardle.example.com',
  kind: 'Fischer',
  plural: 'fischers',
  scope: 'Cluster',
  version: 'v1',
  schema: { type: 'object', properties: { spec: open } },
})

export const GROUP = '/apis/wardle.example.com/v1'

export interface GuardedOptions {
  readonly authorizer: Authorizer & Partial<RuleResolver>
  readonly tokenAuthenticator?: TokenAuthenticator
  readonly restResources?: readonly RestResource[]
  readonly onDecision?: OnDecision
  /** What the request's context was when it got through. */
  readonly onServed?: (ctx: RequestContext) => void
}

export interface Guarded {
  readonly url: string
  readonly reported: unknown[]
  send(path: string, sent?: Sent & { readonly as?: string; readonly groups?: readonly string[] }): Promise<Answer>
}

/** `x-user` and `x-groups` are believed: who somebody is is decided elsewhere. */
const believeHeaders: Filter = (ctx, next) => {
  const { 'x-user': name, 'x-groups': groups } = ctx.request.headers
  if (name !== undefined) {
    const user: UserInfo = {
      name: String(name),
      groups: [...(groups === undefined ? [] : String(groups).split(',')), 'system:authenticated'],
    }
    ctx.user = user
  }
  return next()
}

/** Flunders, fischers and the reviews behind impersonation and authorization, for all tests of a file or a `describe`. */
export function guarded(options: GuardedOptions): Guarded {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-apis-'))
  const kv = lmdb(folder, { unsafeNoSync: true })
  const reported: unknown[] = []
  const { authorizer, tokenAuthenticator, onServed } = options
  const { webServices, stores } = installGroups({
    resources: [flunders, fischers],
    restResources: [
      ...reviewGroups({ authorizer, ...(tokenAuthenticator ? { tokenAuthenticator } : {}) }),
      ...(options.restResources ?? []),
    ],
    kv,
    prefix: '/registry',
    transformer: undefined,
    admission: new AdmissionChain([]),
    version: {} as never,
    onParsedBody() {},
  })
  const mux = new PathRecorderMux()
  for (const path of ['/healthz', '/metrics']) mux.handle(path, (ctx) => writeText(ctx, 200, `served ${path}`))
  const director = new Director(webServices, mux)
  const chain = handlerChain(
    [
      withWarningRecorder(),
      withRequestInfo,
      believeHeaders,
      withImpersonation(authorizer),
      withAuthorization(authorizer, options.onDecision),
    ],
    (ctx) => {
      onServed?.(ctx)
      return director.direct(ctx)
    },
  )
  let server: ListeningServer
  beforeAll(async () => {
    await kv.open(backgroundContext())
    for (const [name, namespace, store] of [
      ['one', 'default', 'flunders.wardle.example.com'],
      ['secret', '', 'fischers.wardle.example.com'],
    ] as const) {
      await stores
        .get(store)!
        .create(backgroundContext({ namespace }), { metadata: { name }, spec: { mark: `mark of ${name}` } }, () => {}, {
          dryRun: false,
          fieldManager: '',
        })
    }
    server = await listenOn((request, response) => {
      const path = requestPath(request.url ?? '')
      if (path === undefined) return void response.writeHead(400).end()
      const ctx = new RequestContext(request, response, path, (err) => void reported.push(err))
      Promise.resolve(chain(ctx)).catch((err: unknown) => {
        reported.push(err)
        response.destroy()
      })
    })
  })
  afterAll(async () => {
    await server.close()
    await kv.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    reported,
    get url() {
      return server.url
    },
    send: (path, { as, groups, headers, ...sent } = {}) =>
      send(server.url + path, {
        ...sent,
        headers: {
          ...(as === undefined ? {} : { 'x-user': as }),
          ...(groups === undefined ? {} : { 'x-groups': groups.join(',') }),
          ...headers,
        },
      }),
  }
}
