import { type AcceptRange, inRange, parseAccept, parseMediaType, qualityOf } from './accept.js'
import type { EntityAccessors, EntityReaderWriter } from './entity-accessor.js'
import type { EntitySettings } from './entity-settings.js'

/** The representation an answer is written in. */
export interface ChosenAccessor {
  readonly contentType: string
  readonly accessor: EntityReaderWriter
}

/**
 * The representation of an answer: of those the route produces the one the client likes best; of any there are where
 * the route names none; else the default, else the first the route produces. Undefined when nothing can be written.
 */
export function chooseAccessor(
  accept: string,
  produces: readonly string[],
  { accessors, defaultResponseContentType }: Pick<EntitySettings, 'accessors' | 'defaultResponseContentType'>,
): ChosenAccessor | undefined {
  const writable = produces.flatMap((type) => chosen(type, accessors) ?? [])
  if (writable.length > 0 && (accept === '' || accept === '*/*')) return writable[0]
  const ranges = parseAccept(accept)
  const fallback = chosen(defaultResponseContentType, accessors)
  if (produces.length > 0) return preferred(writable, ranges) ?? fallback ?? writable[0]
  const all = accessors.types().flatMap((type) => chosen(type, accessors) ?? [])
  return preferred(fallback === undefined ? all : [fallback, ...all], ranges) ?? fallback
}

function chosen(contentType: string, accessors: EntityAccessors): ChosenAccessor | undefined {
  const accessor = contentType === '' ? undefined : accessors.at(contentType)
  return accessor && { contentType, accessor }
}

// The greatest weight wins, then the order of the client, then that of the route.
function preferred(candidates: readonly ChosenAccessor[], ranges: readonly AcceptRange[]): ChosenAccessor | undefined {
  const weighed = candidates.flatMap((each) => {
    const type = parseMediaType(each.contentType)
    return type === undefined ? [] : [{ each, type, quality: qualityOf(type, ranges) }]
  })
  const best = Math.max(0, ...weighed.map(({ quality }) => quality))
  if (best === 0) return undefined
  const liked = weighed.filter(({ quality }) => quality === best)
  for (const range of ranges) {
    const first = liked.find(({ type }) => inRange(range, type))
    if (first !== undefined) return first.each
  }
  return undefined
}
