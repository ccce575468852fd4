/** The watch cache: a resource's objects in memory, fed by one watch of the store, and every watch that hangs on it. */
export { Cacher, type CacherOptions } from './cacher.js'
export { CacherStats } from './cacher-stats.js'
export { ChangeFeed } from './change-feed.js'
