import { StorageError, tooLargeResourceVersion } from './errors.js'
import { FutureRevisionError } from './kv/types.js'

/** Between the resourceVersion that clients see and the store's revision. */
export interface Versioner {
  /** @throws StorageError for what is no unsigned integer. */
  parseResourceVersion(resourceVersion: string): number
  formatResourceVersion(revision: number): string
}

const DIGITS = /^[0-9]{1,20}$/
const MAX_UINT64 = 18446744073709551615n

/** Revisions as decimal numbers. What is beyond 2^53 cannot have happened yet and is clamped to the largest integer. */
export const versioner: Versioner = {
  parseResourceVersion(resourceVersion) {
    if (resourceVersion === '' || resourceVersion === '0') return 0
    const problem = parseProblem(resourceVersion)
    if (problem) {
      const shown = JSON.stringify(resourceVersion)
      throw new StorageError(
        'Corrupt',
        '',
        `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: ${problem}`,
      )
    }
    return Math.min(Number(resourceVersion), Number.MAX_SAFE_INTEGER)
  },
  formatResourceVersion: (revision) => String(revision),
}

function parseProblem(text: string): string | undefined {
  if (!DIGITS.test(text)) return /^[0-9]+$/.test(text) ? 'value out of range' : 'invalid syntax'
  return BigInt(text) > MAX_UINT64 ? 'value out of range' : undefined
}

/**
 * A reader asked for data not older than `requested`: is `current` new enough?
 *
 * @throws StorageError (TooLargeResourceVersion) when it is not.
 */
export function validateMinimumResourceVersion(requested: string, current: number): void {
  if (versioner.parseResourceVersion(requested) > current) throw tooLargeResourceVersion(requested, current)
}

/** Says of a read beyond the newest revision what clients understand. */
export function explainFutureRevision(err: unknown, requested: string): unknown {
  return err instanceof FutureRevisionError ? tooLargeResourceVersion(requested, err.current) : err
}
