import type { NamedFilter } from './handler-chain.js'

/** What all filters behind it ask. */
const NEEDED = 'RequestInfo'

/**
 * What `buildHandlerChain` gave back, if a server can be made of it.
 *
 * @throws TypeError for what is no list of named filters, a name that is there twice, or a chain without `RequestInfo`
 */
export function checkedChain(chain: unknown): readonly NamedFilter[] {
  if (!Array.isArray(chain)) throw mistake(`must give back the list of filters, but gave ${kindOf(chain)}`)
  const names = new Set<string>()
  for (const [i, slot] of Array.from(chain as unknown[]).entries()) {
    const { name, filter } = (typeof slot === 'object' && slot !== null ? slot : {}) as Partial<NamedFilter>
    if (typeof name !== 'string' || name === '')
      throw mistake(`must name each filter, as { name, filter }: number ${i + 1} is ${kindOf(slot)} without a name`)
    if (typeof filter !== 'function') throw mistake(`gave ${kindOf(filter)} as the filter ${name}, not a function`)
    if (names.has(name)) throw mistake(`gave two filters named ${name}`)
    names.add(name)
  }
  if (!names.has(NEEDED)) throw mistake(`left out ${NEEDED}, which the filters behind it and the API need`)
  return chain as readonly NamedFilter[]
}

const mistake = (what: string): TypeError => new TypeError(`buildHandlerChain ${what}`)

const kindOf = (value: unknown): string =>
  value === undefined || value === null ? String(value) : `a value of type ${typeof value}`
