import type { KubeObject } from '../../meta/types.js'
import { ReplacedError } from '../kv/types.js'
import { versioner } from '../versioner.js'
import type { Caching } from './caching.js'
import type { WatchCache } from './watch-cache.js'

type MaybeCache<T extends KubeObject> = WatchCache<T> | undefined

/**
 * The cache, once it is as new as the reader wants it: `''` = sees every write acknowledged before now, `'0'` = as it is,
 * else not older than that revision. Undefined = the store must be asked.
 *
 * @throws FieldErrors for what is no resourceVersion
 */
export function freshEnough<T extends KubeObject>(
  cacher: Caching<T>,
  resourceVersion: string,
): MaybeCache<T> | Promise<MaybeCache<T>> {
  if (resourceVersion !== '') {
    const minimum = versioner.parseResourceVersion(resourceVersion)
    if (minimum <= cacher.revision || minimum === 0) return cacher.cache
  }
  if (!cacher.cache) return undefined
  const known = cacher.revision
  const index = cacher.backing.kv.readIndex()
  return typeof index === 'number'
    ? reach(cacher, known, index, resourceVersion)
    : afterCheck(cacher, known, index, resourceVersion)
}

/** What {@link freshEnough} has promised, if the cache was not given up before its promise was heard. */
export const ifStill = <T extends KubeObject>(cacher: Caching<T>, cache: MaybeCache<T>): MaybeCache<T> =>
  cache === cacher.cache ? cache : undefined

async function afterCheck<T extends KubeObject>(
  cacher: Caching<T>,
  known: number,
  check: Promise<number>,
  resourceVersion: string,
): Promise<MaybeCache<T>> {
  return reach(cacher, known, await check, resourceVersion)
}

function reach<T extends KubeObject>(
  cacher: Caching<T>,
  known: number,
  index: number,
  resourceVersion: string,
): MaybeCache<T> | Promise<MaybeCache<T>> {
  const { feed, stats } = cacher
  // A store that is behind what it has told before has been set back: what the cache shows never was, or is no more.
  if (index < known) {
    feed.restart(new ReplacedError(`the store went back from revision ${known} to ${index}`))
    stats.consistentReadFallbacks++
    return undefined
  }
  // The future: the store says so, in its words.
  if (resourceVersion !== '' && versioner.parseResourceVersion(resourceVersion) > index) return undefined
  const reached = feed.reached(index)
  const settle = (is: boolean): MaybeCache<T> => {
    const cache = is ? cacher.cache : undefined
    if (cache) stats.consistentReads++
    else stats.consistentReadFallbacks++
    return cache
  }
  return typeof reached === 'boolean' ? settle(reached) : reached.then(settle)
}
