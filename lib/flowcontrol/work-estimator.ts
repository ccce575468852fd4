import type { RequestInfo } from '../meta/context.js'
import { groupResourceString } from '../meta/types.js'
import { type ListShape, processedObjects, sendsInitialEvents } from './list-cost.js'
import type { FlowSchemaStats } from './metrics/flow-schema-stats.js'
import type { WatchTracker } from './watch-tracker.js'
import { ONE_SEAT, type WorkEstimate } from './work-estimate.js'

/** How many objects there are of a resource (`plural.group`); `undefined` for one that is not known. */
export type ObjectCount = (resource: string) => number | undefined

/** A query, read only where it matters to the cost. */
export type LazyQuery = () => { get(name: string): string | null }

const OBJECTS_PER_SEAT = 100
const WATCHES_PER_SEAT = 10
/** No request takes more seats than this. */
const MAX_SEATS = 10
/** Milliseconds for which one event keeps a seat busy per {@link WATCHES_PER_SEAT} watchers. */
const EVENT_DURATION = 5

/** Reckons how many seats a request takes, and for how long after its answer (KEP-1040, "Width of the request"). */
export class WorkEstimator {
  constructor(
    private readonly objectCount: ObjectCount,
    private readonly watches: WatchTracker,
  ) {}

  /** @param maxSeats most that a request may take in its level; `undefined` = no limit of the level's. */
  estimate(info: RequestInfo, query: LazyQuery, maxSeats: number | undefined, stats: FlowSchemaStats): WorkEstimate {
    if (!info.isResourceRequest) return ONE_SEAT
    const most = Math.min(maxSeats ?? MAX_SEATS, MAX_SEATS)
    switch (info.verb) {
      case 'list':
      case 'watch':
        return this.#read(info, query, most)
      case 'create':
      case 'update':
      case 'patch':
      case 'delete':
        return this.#write(info, most, stats)
      default:
        return ONE_SEAT
    }
  }

  /** Lists, and watches that begin with one, take a seat for every hundred objects that are gone through. */
  #read(info: RequestInfo, query: LazyQuery, most: number): WorkEstimate {
    const options = listShape(query)
    if (info.verb === 'watch' && !sendsInitialEvents(options)) return ONE_SEAT
    const stored = this.objectCount(groupResourceString({ group: info.apiGroup, resource: info.resource }))
    // A resource that nobody knows costs nothing: it will be a 404.
    if (stored === undefined) return ONE_SEAT
    const objects = info.name !== '' ? 1 : processedObjects(stored, options, info.verb === 'watch')
    const seats = Math.min(most, Math.max(1, Math.ceil(objects / OBJECTS_PER_SEAT)))
    return seats === 1 ? ONE_SEAT : { initialSeats: seats, finalSeats: 0, additionalLatency: 0 }
  }

  /** A write keeps seats while its watchers are told; wider than is allowed, it is made longer instead. */
  #write(info: RequestInfo, most: number, stats: FlowSchemaStats): WorkEstimate {
    // A token is no change of its service account: nobody hears of it.
    if (info.resource === 'serviceaccounts' && info.subresource === 'token') return ONE_SEAT
    const watchers = this.watches.interested(info)
    stats.watchCount.observe(watchers)
    if (watchers < WATCHES_PER_SEAT) return ONE_SEAT
    const wanted = Math.ceil(watchers / WATCHES_PER_SEAT)
    const finalSeats = Math.min(most, wanted)
    return { initialSeats: 1, finalSeats, additionalLatency: (wanted * EVENT_DURATION) / finalSeats }
  }
}

function listShape(query: LazyQuery): ListShape {
  const values = query()
  const limit = Number(values.get('limit') ?? 0)
  const sendInitialEvents = values.get('sendInitialEvents')
  return {
    limit: Math.max(limit || 0, 0),
    selective: Boolean(values.get('labelSelector') || values.get('fieldSelector')),
    continues: Boolean(values.get('continue')),
    resourceVersion: values.get('resourceVersion') ?? '',
    resourceVersionMatch: values.get('resourceVersionMatch') ?? '',
    sendInitialEvents:
      sendInitialEvents === null ? undefined : sendInitialEvents !== '0' && sendInitialEvents.toLowerCase() !== 'false',
  }
}
