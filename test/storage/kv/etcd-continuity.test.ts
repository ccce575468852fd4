import { describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { checkContinuity } from '../../../lib/storage/kv/etcd/continuity.js'
import type { Reader } from '../../../lib/storage/kv/etcd/read.js'
import { StoreIdentity } from '../../../lib/storage/kv/etcd/store-identity.js'
import {
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  KVError,
  type KVEvent,
  ReplacedError,
  UnavailableError,
} from '../../../lib/storage/kv/types.js'

const ctx = backgroundContext()

const pair = (value: string, modRevision: number): KeyValue => ({
  key: 'k',
  value: Buffer.from(value),
  createRevision: 1,
  modRevision,
  lease: '',
})

/** A store in which the key stood so at each revision; revisions up to `compacted` are forgotten. */
function store(history: readonly (KeyValue | undefined)[], compacted = 0): Reader {
  const reader = {
    async get(_context: unknown, _key: string, revision: number) {
      if (revision <= compacted) throw new CompactedError(revision, compacted)
      if (revision >= history.length) throw new FutureRevisionError(revision, history.length - 1)
      return { kv: history[revision], revision: history.length - 1 }
    },
  }
  return reader as unknown as Reader
}

const put: KVEvent = { type: 'put', key: 'k', revision: 3, kv: pair('new', 3), prev: undefined }
const removed: KVEvent = { type: 'delete', key: 'k', revision: 3, kv: undefined, prev: undefined }
const [none, old, now] = [undefined, pair('old', 2), pair('new', 3)]

describe('a watch goes on in the store that it left', () => {
  it.each([
    ['a write stands where it was seen', put, store([none, none, old, now])],
    ['a write stood there, and came to be overwritten', put, store([none, none, old, now, pair('newer', 4)])],
    ['a creation stands where it was seen', put, store([none, none, none, now])],
    ['a removal is one', removed, store([none, none, old, none])],
    ['a removal was one, and the key has come again', removed, store([none, none, old, none, pair('again', 4)])],
  ])('%s', async (_, last, reader) => {
    await expect(checkContinuity(reader, last, ctx)).resolves.toBeUndefined()
  })
})

it('a watch that has come further is judged by what stands there: what it saw last may be forgotten by then', async () => {
  const reader = store([none, none, old, now, now, now], 4)
  await expect(checkContinuity(reader, put, ctx, 5)).resolves.toBeUndefined()
  await expect(checkContinuity(reader, put, ctx, 4)).rejects.toThrow('or forgotten')
  await expect(checkContinuity(store([none, none, old, none, none], 3), removed, ctx, 4)).resolves.toBeUndefined()
})

describe('a watch ends in a store that is another', () => {
  it.each([
    ['the revision of a write has not come yet', put, store([none, none, old])],
    ['another key was written then', put, store([none, none, old, old])],
    ['another value was written then', put, store([none, none, old, pair('other', 3)])],
    ['nothing stands where a write was seen', put, store([none, none, old, none])],
    ['a key stands where it was removed', removed, store([none, none, old, old])],
    ['a key was never there that was removed', removed, store([none, none, none, none])],
    ['the revision of a removal has not come yet', removed, store([none, none, old])],
    ['nobody knows any more', put, store([none, none, old, now], 3)],
  ])('%s', async (_, last, reader) => {
    const ended = checkContinuity(reader, last, ctx)
    await expect(ended).rejects.toThrow(KVError)
    await expect(ended).rejects.toThrow('revision 3 is another, or forgotten')
  })
})

it('a store that does not answer proves nothing', async () => {
  const gone = { get: () => Promise.reject(new UnavailableError('gone')) } as unknown as Reader
  await expect(checkContinuity(gone, put, ctx)).rejects.toThrow(UnavailableError)
})

describe('a store is known by what its answers say of it', () => {
  const header = (cluster_id: string, member_id: string, raft_term: string) => ({ cluster_id, member_id, raft_term })
  const known = () => {
    const identity = new StoreIdentity()
    identity.check(header('1', '10', '5'))
    identity.check(header('1', '11', '7'))
    return identity
  }

  it.each([
    ['the same again', header('1', '10', '5')],
    ['a new leader, a restart', header('1', '10', '6')],
    ['a member that has not heard of the newest term yet', header('1', '11', '7')],
    ['a new member', header('1', '12', '2')],
  ])('as the same: %s', (_, next) => {
    expect(() => known().check(next)).not.toThrow()
  })

  it('as the same where terms are beyond 2^53', () => {
    const identity = known()
    identity.check(header('1', '10', '18446744073709551614'))
    identity.check(header('1', '10', '18446744073709551615'))
    expect(() => identity.check(header('1', '10', '18446744073709551614'))).toThrow(ReplacedError)
  })

  it.each([
    ['another cluster', header('2', '10', '5'), 'its cluster was 1 and is 2'],
    ['a member whose term went back', header('1', '11', '6'), 'member 11 was at term 7 and is at 6'],
  ])('as another: %s', (_, next, message) => {
    expect(() => known().check(next)).toThrow(ReplacedError)
    expect(() => known().check(next)).toThrow(message)
  })
})
