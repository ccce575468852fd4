import type { IncomingMessage } from 'node:http'
import { listJSON } from './event-members.js'
import { quotedFromWire } from './json-text.js'
import { sourceIPs } from './source-ips.js'

/** More of a User-Agent is nobody's name. */
const MAX_USER_AGENT = 1024

/** What was said last of who speaks on a connection, and by which agent. */
interface Caller {
  readonly agent: string | undefined
  readonly members: string
}

const callers = new WeakMap<object, Caller>()

/** `,"sourceIPs":[…],"userAgent":"…"`. One connection mostly says the same again and again, unless a proxy speaks on it. */
export function callerMembers(request: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const { headers, socket } = request
  const agent = headers['user-agent']
  if (headers['x-forwarded-for'] !== undefined || headers['x-real-ip'] !== undefined) return newMembers(request, agent)
  const known = callers.get(socket)
  if (known !== undefined && known.agent === agent) return known.members
  const members = newMembers(request, agent)
  callers.set(socket, { agent, members })
  return members
}

function newMembers(request: Pick<IncomingMessage, 'headers' | 'socket'>, agent: string | undefined): string {
  const ips = sourceIPs(request)
  const from = ips.length > 0 ? `,"sourceIPs":${listJSON(ips)}` : ''
  if (agent === undefined || agent === '') return from
  const shown = agent.length <= MAX_USER_AGENT ? agent : `${agent.slice(0, MAX_USER_AGENT)}...TRUNCATED`
  return `${from},"userAgent":${quotedFromWire(shown)}`
}
