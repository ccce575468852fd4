import { messageOf } from '../meta/errors.js'
import { type LogFields, plainError } from './logger.js'

const PAUSE_MS = 60_000
const MAX_KINDS = 64
const MAX_MESSAGE = 512
const OTHERS = 'further kinds of failures, more than are told apart'

interface Kind {
  toldAt: number
  /** How often it came again since. */
  untold: number
}

/**
 * Tells of failures that anybody can bring about as often as they like: each kind at once, then at most once a minute with how
 * often it came meanwhile; beyond 64 kinds a minute all others as one. A kind is what an error says.
 *
 * @param tell takes an error of these words alone, what is known of this time, and how often it was not told of before
 */
export function failureLog(tell: (fields: LogFields) => void): (err: unknown, about?: LogFields) => void {
  const kinds = new Map<string, Kind>()
  const kindOf = (message: string, now: number): string => {
    if (kinds.has(message)) return message
    if (kinds.size >= MAX_KINDS) forgetOld(kinds, now)
    return kinds.size < MAX_KINDS ? message : OTHERS
  }
  return (err, about) => {
    const now = Date.now()
    const name = kindOf(messageOf(err).slice(0, MAX_MESSAGE), now)
    const kind = kinds.get(name)
    if (kind !== undefined && now - kind.toldAt < PAUSE_MS) {
      kind.untold++
      return
    }
    kinds.set(name, { toldAt: now, untold: 0 })
    tell({ err: plainError(name), ...about, ...(kind && kind.untold > 0 && { suppressed: kind.untold }) })
  }
}

function forgetOld(kinds: Map<string, Kind>, now: number): void {
  for (const [name, { toldAt }] of kinds) if (name !== OTHERS && now - toldAt >= PAUSE_MS) kinds.delete(name)
}
