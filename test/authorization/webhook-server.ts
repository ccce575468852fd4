import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll } from 'vitest'
import {
  subjectAccessReviewWebhook,
  type WebhookAuthorizer,
  type WebhookAuthorizerOptions,
} from '../../lib/authorization/index.js'
import { type ListeningServer, listenOn } from '../support/server.js'
import { resource, user } from './asked.js'

export interface Call {
  readonly headers: IncomingMessage['headers']
  readonly review: Record<string, unknown> & { readonly spec: unknown }
}

/** @param call which one it is, from 1 on */
export type Reply = (response: ServerResponse, call: number) => void

export interface WebhookServer {
  readonly calls: readonly Call[]
  /** What is answered from now on. */
  reply: Reply
  /** An authorizer that asks this server, and is soon tired of trying. */
  webhook(options?: Partial<WebhookAuthorizerOptions>): WebhookAuthorizer
}

/** A webhook for all tests of a file; each test finds no calls. */
export function webhookServer(): WebhookServer {
  let listening: ListeningServer
  const made: WebhookAuthorizer[] = []
  const calls: Call[] = []
  const server: WebhookServer = {
    calls,
    reply() {},
    webhook(options = {}) {
      const retry = { attempts: 3, backoffMs: 1 }
      const authorizer = subjectAccessReviewWebhook({ url: `${listening.url}/authorize?x=1`, retry, ...options })
      made.push(authorizer)
      return authorizer
    },
  }
  beforeAll(async () => {
    listening = await listenOn((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      request.on('end', () => {
        calls.push({ headers: request.headers, review: JSON.parse(text) })
        server.reply(response, calls.length)
      })
    })
  })
  afterEach(() => {
    for (const authorizer of made.splice(0)) authorizer.close()
    calls.length = 0
  })
  afterAll(() => listening.close())
  return server
}

export const answer =
  (status: unknown): Reply =>
  (response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', status }))
  }

export const failing =
  (code: number, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(code, headers).end('no')
  }

/** A question to be asked. */
export const asked = resource(user('jane', 'devs'), 'list', {
  apiGroup: 'apps',
  apiVersion: 'v1',
  namespace: 'default',
  resource: 'deployments',
})
