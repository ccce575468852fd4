import { describe, expect, test } from 'vitest'
import { FlowSchemaStats } from '../../lib/flowcontrol/metrics/flow-schema-stats.js'
import { WatchTracker } from '../../lib/flowcontrol/watch-tracker.js'
import { WorkEstimator } from '../../lib/flowcontrol/work-estimator.js'
import type { RequestInfo } from '../../lib/meta/context.js'
import { infoOf } from './harness.js'

const ONE = { initialSeats: 1, finalSeats: 0, additionalLatency: 0 }

describe('a list', () => {
  const counts = new Map([
    ['pods', 450],
    ['deployments.apps', 90],
    ['events.events.k8s.io', 1_000_000],
    ['none', 0],
  ])
  const seatsOf = (info: Partial<RequestInfo>, query: string, maxSeats?: number) =>
    new WorkEstimator((resource) => counts.get(resource), new WatchTracker()).estimate(
      infoOf(info),
      () => new URLSearchParams(query),
      maxSeats,
      new FlowSchemaStats('schema', 'level'),
    )
  const pods = { verb: 'list', resource: 'pods' }
  const events = { verb: 'list', resource: 'events', apiGroup: 'events.k8s.io' }

  test.each<[why: string, info: Partial<RequestInfo>, query: string, seats: number]>([
    ['takes a seat for every hundred objects', pods, '', 5],
    ['of any version too', pods, 'resourceVersion=0', 5],
    ['of few objects takes one', { ...pods, resource: 'deployments', apiGroup: 'apps' }, '', 1],
    ['of no objects takes one', { ...pods, resource: 'none' }, '', 1],
    ['of more than can be takes ten', events, '', 10],
    ['of a resource that nobody knows takes one', { ...pods, resource: 'unknown' }, '', 1],
    ['of one by name takes one', { ...pods, name: 'a' }, 'fieldSelector=metadata.name%3Da', 1],
    ['of a page takes two for every hundred of it', pods, 'limit=200', 4],
    ['of a page larger than all takes two for every hundred there are', pods, 'limit=1000', 9],
    ['of any version knows no pages', pods, 'limit=10&resourceVersion=0', 5],
    ['of a page by a selector goes through all, and the page', pods, 'limit=50&labelSelector=a', 5],
    ['by a selector goes through all', pods, 'labelSelector=a', 5],
    ['that goes on where another ended is read from the store', pods, 'limit=100&continue=x', 2],
    ['of an exact version is read from the store', pods, 'resourceVersion=7&resourceVersionMatch=Exact', 9],
    ['of a version not older is not', pods, 'resourceVersion=7&resourceVersionMatch=NotOlderThan', 5],
    ['with a limit that is none takes what it would without', pods, 'limit=abc', 5],
    ['with a limit below zero too', pods, 'limit=-5', 5],
  ])('%s', (_, info, query, seats) => {
    expect(seatsOf(info, query)).toEqual({ ...ONE, initialSeats: seats })
  })

  test('takes no more than its level lets a request have', () => {
    expect(seatsOf(events, '', 4).initialSeats).toBe(4)
    expect(seatsOf(events, '', 40).initialSeats).toBe(10)
    expect(seatsOf(pods, '', 1).initialSeats).toBe(1)
  })

  test.each<[why: string, query: string, seats: number]>([
    ['from the beginning costs what a list does', '', 5],
    ['from any version too', 'resourceVersion=0', 5],
    ['from a version on takes one seat', 'resourceVersion=7', 1],
    ['that asks for what exists costs what a list does', 'resourceVersion=7&sendInitialEvents=true', 5],
    ['that does not ask for it takes one seat', 'resourceVersion=7&sendInitialEvents=false', 1],
    ['has no pages', 'limit=10', 5],
  ])('and a watch %s', (_, query, seats) => {
    expect(seatsOf({ ...pods, verb: 'watch' }, query).initialSeats).toBe(seats)
  })

  test.each(['get', 'deletecollection', 'proxy'])('and a %s is no list', (verb) => {
    expect(seatsOf({ ...pods, verb }, '')).toEqual(ONE)
  })

  test('and what is about no resource is none either', () => {
    expect(seatsOf({ path: '/apis', verb: 'list' }, '')).toEqual(ONE)
  })
})

describe('a write', () => {
  const pod = { resource: 'pods', namespace: 'a', name: 'x' }
  const estimateOf = (watchers: number, info: Partial<RequestInfo>, maxSeats?: number) => {
    const tracker = new WatchTracker()
    for (let i = 0; i < watchers; i++) tracker.register(infoOf({ verb: 'watch', resource: 'pods' }))
    const stats = new FlowSchemaStats('schema', 'level')
    const estimator = new WorkEstimator(() => undefined, tracker)
    return {
      ...estimator.estimate(infoOf(info), () => new URLSearchParams(), maxSeats, stats),
      sampled: stats.watchCount.sum,
    }
  }

  test.each(['create', 'update', 'patch', 'delete'])('(%s) keeps seats while its watchers hear of it', (verb) => {
    expect(estimateOf(25, { ...pod, verb })).toEqual({
      initialSeats: 1,
      finalSeats: 3,
      additionalLatency: 5,
      sampled: 25,
    })
  })

  test.each([
    [0, 0, 0],
    [9, 0, 0],
    [10, 1, 5],
    [11, 2, 5],
    [100, 10, 5],
    // Never wider than ten seats: longer instead.
    [400, 10, 20],
  ])('with %i watchers keeps %i seats for %i ms', (watchers, finalSeats, additionalLatency) => {
    expect(estimateOf(watchers, { ...pod, verb: 'update' })).toMatchObject({ finalSeats, additionalLatency })
  })

  test('keeps fewer seats for longer in a narrow level', () => {
    expect(estimateOf(100, { ...pod, verb: 'update' }, 2)).toMatchObject({ finalSeats: 2, additionalLatency: 25 })
  })

  test('of a token is heard by nobody', () => {
    const token = { resource: 'serviceaccounts', subresource: 'token', verb: 'create' }
    expect(estimateOf(100, token)).toEqual({ ...ONE, sampled: 0 })
  })
})

describe('watches that hear of a write', () => {
  const write = infoOf({ verb: 'update', resource: 'pods', namespace: 'a', name: 'x' })
  const watch = (parts: Partial<RequestInfo>) => infoOf({ verb: 'watch', resource: 'pods', ...parts })

  test.each<[what: string, watched: Partial<RequestInfo>, heard: number]>([
    ['all of the resource', {}, 1],
    ['its namespace', { namespace: 'a' }, 1],
    ['the very object', { namespace: 'a', name: 'x' }, 1],
    ['another object', { namespace: 'a', name: 'y' }, 0],
    ['another namespace', { namespace: 'b' }, 0],
    ['another group', { apiGroup: 'apps' }, 0],
    ['another resource', { resource: 'secrets' }, 0],
  ])('are those of %s: %o, %i', (_, watched, heard) => {
    const tracker = new WatchTracker()
    tracker.register(watch(watched))
    expect(tracker.interested(write)).toBe(heard)
  })

  test('are counted together, until they end', () => {
    const tracker = new WatchTracker()
    const ends = [watch({}), watch({}), watch({ namespace: 'a' }), watch({ namespace: 'a', name: 'x' })].map((info) =>
      tracker.register(info),
    )
    const left = ends.map((end) => {
      end()
      return tracker.interested(write)
    })
    expect(left).toEqual([3, 2, 1, 0])
  })

  test('hear of no read', () => {
    const tracker = new WatchTracker()
    tracker.register(watch({}))
    expect(['get', 'list', 'watch', 'proxy'].map((verb) => tracker.interested({ ...write, verb }))).toEqual([
      0, 0, 0, 0,
    ])
  })
})
