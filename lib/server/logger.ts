import { messageOf } from '../meta/errors.js'

/** What a message is about, by name. An error stands under `err`, as pino has it. */
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
