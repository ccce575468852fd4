import { messageOf } from '../meta/errors.js'

/** What a message is about, by name. What went wrong stands under `err`, and is always an Error, as pino wants it. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Where the server says what people should know. pino is one as it is, and so is `console`.
 *
 * @example
 * ```ts
 * apiserver({ resources, storage, logger: pino() })
 * ```
 */
export interface Logger {
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** Warnings and errors in one readable line each; an error's stack follows. */
export const consoleLogger: Logger = {
  info() {},
  warn: (fields, message) => console.warn(line(fields, message)),
  error: ({ err, ...fields }, message) =>
    err === undefined ? console.error(line(fields, message)) : console.error(line(fields, message), err),
}

function line(fields: LogFields, message: string): string {
  const told = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`)
  return [message, ...told].join(' ')
}

/** As JSON, so that nothing a client sent can begin a line of its own. */
const textOf = (value: unknown): string =>
  JSON.stringify(value instanceof Error ? messageOf(value) : value) ?? 'undefined'

/** The same logger, for which whatever somebody threw is an Error. */
export function withErrors(logger: Logger): Logger {
  const asked = (fields: LogFields): LogFields =>
    'err' in fields && !(fields.err instanceof Error) ? { ...fields, err: new Error(textOfThrown(fields.err)) } : fields
  return {
    info: (fields, message) => logger.info(asked(fields), message),
    warn: (fields, message) => logger.warn(asked(fields), message),
    error: (fields, message) => logger.error(asked(fields), message),
  }
}

/**
 * What an error says, and nothing else: for failures whose stack tells nothing, and whose cause or other members may hold what
 * strangers sent.
 */
export function plainError(err: unknown): Error {
  const plain = new Error(textOfThrown(err))
  plain.stack = String(plain)
  return plain
}

const textOfThrown = (thrown: unknown): string =>
  thrown instanceof Error || typeof thrown === 'string' ? messageOf(thrown) : `${kindOf(thrown)} was thrown, no Error`

const kindOf = (thrown: unknown): string => {
  if (thrown === undefined || thrown === null) return String(thrown)
  return typeof thrown === 'object' ? 'an object' : `a ${typeof thrown}`
}
