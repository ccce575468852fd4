import { parseResourceVersion } from '../meta/resource-version.js'
import { tooLargeResourceVersion } from './errors.js'

/** Between the resourceVersion that clients see and the store's revision. */
export interface Versioner {
  /** @throws FieldErrors for what is no unsigned integer */
  parseResourceVersion(resourceVersion: string): number
  formatResourceVersion(revision: number): string
}

/** Revisions as decimal numbers. What is beyond 2^53 cannot have happened yet and is clamped to the largest integer. */
export const versioner: Versioner = { parseResourceVersion, formatResourceVersion: String }

/**
 * A reader asked for data not older than `requested`: is `current` new enough?
 *
 * @throws StorageError (TooLargeResourceVersion) when it is not.
 */
export function validateMinimumResourceVersion(requested: string, current: number): void {
  if (parseResourceVersion(requested) > current) throw tooLargeResourceVersion(requested, current)
}
