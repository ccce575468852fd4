import { type OptionType, requireKnownOptions } from '../../meta/known-options.js'
import type { ClientDeleteOptions, ClientListOptions, ClientWatchOptions, ClientWriteOptions } from './types.js'

/** The compiler demands every option here. */
const READ: Readonly<Record<keyof ClientListOptions | keyof ClientWatchOptions, OptionType>> = {
  labelSelector: 'text',
  fieldSelector: 'text',
  limit: 'number',
  continue: 'text',
  resourceVersion: 'text',
  signal: 'object',
}

/** And here. */
const WRITE: Readonly<Record<keyof ClientWriteOptions, OptionType>> = { dryRun: 'boolean' }

/** And here. */
const DELETE: Readonly<Record<keyof ClientDeleteOptions, OptionType>> = {
  ...WRITE,
  preconditions: 'object',
  propagationPolicy: 'text',
  gracePeriodSeconds: 'number',
}

/** A misspelt selector would select everything. @throws TypeError */
export const requireReadOptions = (options: ClientListOptions | ClientWatchOptions): void =>
  requireKnownOptions('a read of a client', options, READ)

/** A misspelt dry run would write. @throws TypeError */
export const requireWriteOptions = (options: ClientWriteOptions): void =>
  requireKnownOptions('a write of a client', options, WRITE)

/** A misspelt precondition would hold. @throws TypeError */
export const requireDeleteOptions = (options: ClientDeleteOptions): void =>
  requireKnownOptions('a delete of a client', options, DELETE)
