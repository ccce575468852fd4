import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { WatchOptions } from '../interface.js'
import type { Backing } from '../store/backing.js'
import type { Store } from '../store/store.js'
import type { CacheWatcher, WatchStart } from './cache-watcher.js'
import type { CacherStats } from './cacher-stats.js'
import type { ChangeFeed } from './change-feed.js'
import type { HistoryWatches } from './history-watches.js'
import type { PagedSnapshots } from './paged-snapshots.js'
import type { SelectedLists } from './selected-lists.js'
import type { WatchCache } from './watch-cache.js'
import type { WholeLists } from './whole-lists.js'

/** What every reading verb of the Cacher works with. */
export interface Caching<T extends KubeObject> {
  readonly store: Store<T>
  readonly backing: Backing<T>
  readonly feed: ChangeFeed
  readonly stats: CacherStats
  /** Prefix of all keys of the resource, with a slash at its end. */
  readonly root: string
  /** The state at {@link revision}; undefined while the store must be asked. */
  readonly cache: WatchCache<T> | undefined
  /** The revision that the cache shows. */
  readonly revision: number
  readonly pages: PagedSnapshots<T>
  readonly wholeLists: WholeLists<T>
  readonly selectedLists: SelectedLists<T>
  readonly historyWatches: HistoryWatches<T>
  /** Resolves with true once the cache can answer, with false when it could not within so many milliseconds. */
  ready(patienceMs: number): Promise<boolean>
  /** Hangs a watcher on the changes from now on. */
  addWatcher(ctx: Context, scope: string, options: WatchOptions, after: number, start: WatchStart<T>): CacheWatcher<T>
}
