import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { TokenAuthenticator } from '../../lib/authentication/index.js'
import { backgroundContext, type Context, NON_RESOURCE } from '../../lib/meta/context.js'

/** A request that came over plain HTTP, with headers as Node shows them. */
export function requestWith(headers: Record<string, string> = {}, method = 'GET'): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  request.method = method
  Object.assign(request.headers, headers)
  request.rawHeaders.push(...Object.entries(headers).flat())
  return request
}

/** A context that keeps its warnings. */
export function contextAt(path = '/'): Context & { readonly warnings: string[] } {
  const warnings: string[] = []
  return {
    ...backgroundContext(),
    requestInfo: { ...NON_RESOURCE, path },
    warnings,
    warn: (text) => void warnings.push(text),
  }
}

export const bearer = (token: string) => requestWith({ authorization: `Bearer ${token}` })

/** Knows the tokens of a table, and counts how often it is asked. */
export function tokensOf(users: Record<string, string>): TokenAuthenticator & { asked: number } {
  return {
    asked: 0,
    authenticateToken(token) {
      this.asked++
      const name = users[token]
      return name === undefined ? undefined : { user: { name, groups: [] } }
    },
  }
}
