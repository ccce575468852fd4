/** What of a list's options decides on its cost. */
export interface ListShape {
  /** 0 = all. */
  readonly limit: number
  /** Whether a selector has to look at objects that are not answered with. */
  readonly selective: boolean
  /** Whether it goes on where another ended. */
  readonly continues: boolean
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly sendInitialEvents: boolean | undefined
}

/** Whether a watch begins with what exists, which costs as a list does. */
export function sendsInitialEvents({ sendInitialEvents, resourceVersion }: ListShape): boolean {
  return sendInitialEvents === true || resourceVersion === '' || resourceVersion === '0'
}

/**
 * How many objects a list goes through. From memory it is all there are, once; from the store each object of the pages
 * counts twice, for it is decoded too, and with a selector pages are read until enough is found.
 */
export function processedObjects(stored: number, shape: ListShape, isWatch: boolean): number {
  if (isWatch || isFromMemory(shape)) return stored
  const limit = shape.limit > 0 ? Math.min(shape.limit, stored) : stored
  return shape.selective ? stored + limit : 2 * limit
}

/** As Kubernetes decides which lists its watch cache cannot answer: pages, and revisions that are asked for exactly. */
function isFromMemory({ limit, continues, resourceVersion, resourceVersionMatch }: ListShape): boolean {
  const paged = limit > 0 && resourceVersion !== '0'
  const exact = resourceVersionMatch !== '' && resourceVersionMatch !== 'NotOlderThan'
  return !continues && !paged && !exact
}
