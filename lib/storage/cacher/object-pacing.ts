import { yieldsToOthers } from '../../runtime/turns.js'

/** Larger objects may take milliseconds each to be read for the first time. */
const LARGE_BYTES = 16 * 1024

/** {@link yieldsToOthers} for a loop that looks at objects, to be told the bytes of each. */
export function yieldsBySize(): (bytes: number) => Promise<void> | undefined {
  const [afterSmall, afterLarge] = [yieldsToOthers(), yieldsToOthers(1)]
  return (bytes) => (bytes < LARGE_BYTES ? afterSmall() : afterLarge())
}
