import type { EntityReaderWriter } from './entity-accessor.js'
import { parseWithBigIntegers, stringifyWithBigIntegers } from './json-big-integers.js'

/** How JSON is read and written. */
export interface JsonAccessorOptions {
  /**
   * What becomes of integers beyond 2^53: `'number'` rounds them as JSON.parse does, `'bigint'` keeps every digit by
   * reading them as bigint, and writes bigints as numbers. `'number'` by default.
   */
  readonly integers?: 'number' | 'bigint'
}

/**
 * Reads and writes JSON (RFC 8259).
 *
 * @example
 * container.entityAccessor('application/json', jsonAccessor({ integers: 'bigint' }))
 */
export function jsonAccessor(options: JsonAccessorOptions = {}): EntityReaderWriter {
  const big = options.integers === 'bigint'
  const stringify: Stringify = big ? stringifyWithBigIntegers : JSON.stringify
  return {
    read: (body) => (big ? parseWithBigIntegers(body.toString()) : JSON.parse(body.toString())),
    write: (value, { pretty }) => jsonText(value, pretty, stringify),
  }
}

type Stringify = (value: unknown, replacer?: null, space?: string) => string

/** As go-restful writes it: indented by one space, or in one line that ends with a line break. @internal */
export function jsonText(value: unknown, pretty: boolean, stringify: Stringify = JSON.stringify): string {
  return pretty ? stringify(value, null, ' ') : `${stringify(value)}\n`
}
