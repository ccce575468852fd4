/**
 * Whether objects and lists lie deeper inside each other than `limit`. A decoded body never does; a patched object may,
 * because each patch can add as much again. Does not recurse.
 *
 * @example
 * ```ts
 * if (nestsDeeperThan(patched, MAX_DEPTH)) throw new DepthError(MAX_DEPTH)
 * ```
 */
export function nestsDeeperThan(value: unknown, limit: number): boolean {
  let level: object[] = typeof value === 'object' && value !== null ? [value] : []
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === limit) return true
    level = level.flatMap(containersIn)
  }
  return false
}

function containersIn(container: object): object[] {
  return Object.values(container).filter((member) => typeof member === 'object' && member !== null)
}
