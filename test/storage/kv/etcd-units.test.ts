import { createRequire } from 'node:module'
import type { IEvent } from 'etcd3'
import { describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { readError, writeError } from '../../../lib/storage/kv/etcd/errors.js'
import { etcd } from '../../../lib/storage/kv/etcd/index.js'
import { parseRevision, prefixRange } from '../../../lib/storage/kv/etcd/messages.js'
import { PageSize, PageSizes } from '../../../lib/storage/kv/etcd/page-size.js'
import { RangeAnswer } from '../../../lib/storage/kv/etcd/range-answer.js'
import { answersProgressRequests } from '../../../lib/storage/kv/etcd/version.js'
import { EventAssembler } from '../../../lib/storage/kv/etcd/watch-events.js'
import { BatchQueue } from '../../../lib/storage/kv/etcd/watch-queue.js'
import {
  ClosedError,
  CompactedError,
  KVError,
  UnavailableError,
  type WatchBatch,
} from '../../../lib/storage/kv/types.js'

const grpcError = (code: number, details: string) => Object.assign(new Error(`${code}: ${details}`), { code, details })

describe('the failure of a write', () => {
  it.each<[number, string, string]>([
    [14, 'Connection dropped', 'UnknownOutcomeError'],
    [14, 'read ECONNRESET', 'UnknownOutcomeError'],
    [14, 'etcdserver: request timed out', 'UnknownOutcomeError'],
    [14, 'etcdserver: leader changed', 'UnknownOutcomeError'],
    [14, 'etcdserver: server stopped', 'UnknownOutcomeError'],
    [4, 'Deadline exceeded', 'UnknownOutcomeError'],
    [1, 'Cancelled on client', 'UnknownOutcomeError'],
    [2, 'raft proposal dropped', 'UnknownOutcomeError'],
    [10, 'aborted', 'UnknownOutcomeError'],
    [13, 'Received RST_STREAM with code 2', 'UnknownOutcomeError'],
    [15, 'data loss', 'UnknownOutcomeError'],
    [8, 'Bandwidth exhausted or memory limit exceeded', 'UnknownOutcomeError'],
    [8, 'Received message larger than max (6000000 vs 4194304)', 'UnknownOutcomeError'],
    [8, 'grpc: received message larger than max (6000000 vs. 2097152)', 'TooLargeError'],
    [3, 'etcdserver: request is too large', 'TooLargeError'],
    [8, 'etcdserver: mvcc: database space exceeded', 'NoSpaceError'],
    [8, 'etcdserver: too many requests', 'UnavailableError'],
    [14, 'etcdserver: no leader', 'UnavailableError'],
    [14, 'No connection established. Last error: connect ECONNREFUSED', 'UnavailableError'],
    [14, 'Name resolution failed for target dns:nowhere', 'UnavailableError'],
    [5, 'etcdserver: requested lease not found', 'KVError'],
    [7, 'etcdserver: permission denied', 'KVError'],
    [16, 'etcdserver: invalid auth token', 'KVError'],
    [3, 'etcdserver: key is not provided', 'KVError'],
  ])('with code %i and "%s" is %s', (code, details, name) => {
    const cause = grpcError(code, details)
    const error: KVError = writeError(cause)
    expect([error.name, error.cause]).toEqual([name, cause])
  })

  it('of an unfamiliar kind leaves the outcome unknown', () => {
    expect(writeError(new Error('?')).name).toBe('UnknownOutcomeError')
  })
})

describe('the failure of a read', () => {
  it.each<[number, string, string]>([
    [14, 'Connection dropped', 'UnavailableError'],
    [4, 'Deadline exceeded', 'UnavailableError'],
    [1, 'Cancelled on client', 'UnavailableError'],
    [8, 'etcdserver: too many requests', 'UnavailableError'],
    [13, 'Received RST_STREAM with code 2', 'UnavailableError'],
    [7, 'etcdserver: permission denied', 'KVError'],
    [13, 'etcdserver: corrupt cluster', 'KVError'],
  ])('with code %i and "%s" is %s', (code, details, name) => {
    expect(readError(grpcError(code, details)).name).toBe(name)
  })
})

function put(key: string, revision: number, prevRevision = 0): IEvent {
  const base = { key: Buffer.from(key), value: Buffer.from('v'), version: '1', lease: '0' }
  const created = String(prevRevision || revision)
  const kv = { ...base, create_revision: created, mod_revision: String(revision) }
  const prev = { ...base, create_revision: created, mod_revision: created }
  return { type: 'Put', kv, prev_kv: (prevRevision ? prev : null) as IEvent['prev_kv'] }
}

const shape = (batch: WatchBatch | undefined) =>
  batch && [batch.revision, ...batch.events.map((event) => `${event.key}@${event.revision}`)]

describe('fragments of a watch answer', () => {
  it('are joined where they cut a revision, and delivered where they do not', () => {
    const assembler = new EventAssembler(4)
    expect(shape(assembler.add([put('a', 5), put('b', 6)], true))).toEqual([5, 'a@5'])
    expect(shape(assembler.add([put('c', 6)], true))).toBeUndefined()
    expect(assembler.delivered).toBe(5)
    expect(shape(assembler.add([put('d', 6), put('e', 7)], true))).toEqual([6, 'b@6', 'c@6', 'd@6'])
    expect(shape(assembler.add([put('f', 7)], false))).toEqual([7, 'e@7', 'f@7'])
  })

  it('that were not completed are forgotten with their stream, and come again', () => {
    const assembler = new EventAssembler(4)
    assembler.add([put('a', 5), put('b', 6)], true)
    assembler.reset()
    expect(assembler.delivered).toBe(5)
    expect(shape(assembler.add([put('a', 5), put('b', 6), put('c', 6)], false))).toEqual([6, 'b@6', 'c@6'])
  })

  it('keep progress marks back until they are complete', () => {
    const assembler = new EventAssembler(4)
    assembler.add([put('a', 5)], true)
    expect([assembler.progress(9), assembler.delivered]).toEqual([false, 4])
    expect(shape(assembler.add([], false))).toEqual([5, 'a@5'])
    expect([assembler.progress(9), assembler.delivered]).toEqual([true, 9])
    expect([assembler.progress(8), assembler.delivered]).toEqual([false, 9])
  })
})

describe('an event', () => {
  it('of a revision that was delivered is dropped', () => {
    const assembler = new EventAssembler(6)
    expect(shape(assembler.add([put('a', 5), put('b', 6), put('c', 7)], false))).toEqual([7, 'c@7'])
  })

  it('whose previous pair etcd has compacted ends the watch instead of looking like a creation', () => {
    const lost = put('a', 9, 3)
    lost.prev_kv = null as unknown as IEvent['prev_kv']
    expect(() => new EventAssembler(4).add([lost], false)).toThrow(CompactedError)
    const gone: IEvent = { ...lost, type: 'Delete' }
    expect(() => new EventAssembler(4).add([gone], false)).toThrow(CompactedError)
  })
})

describe('the queue of a watch', () => {
  const batch = (revision: number, bytes = 1): WatchBatch => {
    const kv = { key: 'a', value: Buffer.alloc(bytes), createRevision: revision, modRevision: revision, lease: '' }
    return { revision, events: [{ type: 'put', key: 'a', revision, kv, prev: undefined }] }
  }
  const queue = (limit: number, onRoom = () => {}) => new BatchQueue(limit, onRoom, () => {})

  it('takes live events up to its limit, and history without one but asks for a pause', () => {
    const live = queue(2)
    expect([1, 2, 3].map((revision) => live.push(batch(revision), true))).toEqual([true, true, false])
    expect(live.isFull).toBe(false)
    const history = queue(2)
    expect([1, 2, 3].map((revision) => history.push(batch(revision), false))).toEqual([true, true, true])
    expect(history.isFull).toBe(true)
  })

  it('asks for a pause when its values are big, and tells when there is room', async () => {
    let room = 0
    const big = queue(100, () => room++)
    for (let i = 0; i < 4; i++) big.push(batch(i, 10_000_000), true)
    expect(big.isFull).toBe(true)
    await big.next()
    expect([big.isFull, room]).toEqual([false, 1])
  })

  it('keeps one of the marks that nobody reads', async () => {
    const marks = queue(1)
    for (let revision = 1; revision <= 1000; revision++) marks.push({ revision, events: [] }, true)
    expect(await marks.next()).toEqual({ done: false, value: { revision: 1000, events: [] } })
    marks.end()
    expect(await marks.next()).toEqual({ done: true, value: undefined })
  })

  it('gives what it holds before an error, the error once, and then nothing', async () => {
    const failing = queue(10)
    failing.push(batch(1), true)
    failing.fail(new Error('lost'))
    expect((await failing.next()).value?.revision).toBe(1)
    await expect(failing.next()).rejects.toThrow('lost')
    expect(await failing.next()).toEqual({ done: true, value: undefined })
  })

  it('answers readers in the order in which they asked', async () => {
    const asked = queue(10)
    const answers = [asked.next(), asked.next(), asked.next()]
    asked.push(batch(1), true)
    asked.push(batch(2), true)
    asked.end()
    expect((await Promise.all(answers)).map(({ value }) => value?.revision)).toEqual([1, 2, undefined])
  })
})

describe('the size of pages', () => {
  it('grows to what was asked for small values, and to 8 MiB of big ones', () => {
    const size = new PageSize(1000)
    expect(size.limit).toBe(100)
    size.learn(100, 100 * 100)
    expect(size.limit).toBe(1000)
    size.learn(10, 10 * 256 * 1024)
    expect(size.limit).toBe(32)
    size.learn(1, 10 * 1024 * 1024)
    expect(size.limit).toBe(1)
    size.learn(0, 20)
    expect(size.limit).toBe(1)
    expect(new PageSize(7).limit).toBe(7)
  })

  it('shrinks by half until it cannot', () => {
    const size = new PageSize(1000)
    expect([size.shrink(5), size.limit]).toEqual([true, 2])
    expect([size.shrink(2), size.limit]).toEqual([true, 1])
    expect([size.shrink(1), size.limit]).toEqual([false, 1])
  })
})

describe('what is known of the size of pages', () => {
  it('is known again where a range goes on that was cut, of the latest 64', () => {
    const sizes = new PageSizes()
    const [key, size] = [Buffer.from('/a/b\0'), new PageSize(1000)]
    sizes.remember(key, size)
    expect(sizes.from(Buffer.from('/a/b\0'))).toBe(size)
    expect(sizes.from(Buffer.from('/a/b'))).toBeUndefined()
    for (let i = 0; i < 63; i++) sizes.remember(Buffer.from(`/${i}`), size)
    sizes.remember(key, size)
    sizes.remember(Buffer.from('/63'), size)
    expect(sizes.from(key)).toBe(size)
    expect(sizes.from(Buffer.from('/0'))).toBeUndefined()
  })
})

describe('the answer to a range', () => {
  const varint = (value: bigint | number): number[] => {
    const rest = BigInt.asUintN(64, BigInt(value))
    return rest < 128n ? [Number(rest)] : [Number(rest & 127n) | 128, ...varint(rest >> 7n)]
  }
  const number = (field: number, value: bigint | number) => [...varint(field * 8), ...varint(value)]
  const bytes = (field: number, value: string | readonly number[]) => {
    const content = typeof value === 'string' ? [...Buffer.from(value)] : value
    return [...varint(field * 8 + 2), ...varint(content.length), ...content]
  }
  const header = bytes(1, [...number(1, -1n), ...number(2, 2n ** 63n), ...number(3, 300), ...number(4, 7)])
  const pair = (key: string, ...rest: number[][]) => bytes(2, [...bytes(1, key), ...rest.flat()])
  const answer = (...parts: (readonly number[])[]) => new RangeAnswer(Buffer.from(parts.flat()))
  const pairsOf = (of: RangeAnswer) => Array.from({ length: of.size }, () => of.next())

  it('is read whole, whatever the order of its fields, and with fields that nobody knows', () => {
    const a = pair('/ä', number(2, 5), number(3, 130), number(4, 3), bytes(5, 'one'), number(6, 2n ** 62n))
    const b = pair('/b', bytes(5, ''), number(6, -3n), number(2, 1), number(3, 1))
    const unknown = [...bytes(9, 'x'), ...number(10, 2n ** 64n - 1n), ...varint(11 * 8 + 1), 1, 2, 3, 4, 5, 6, 7, 8]
    for (const read of [
      answer(header, a, b, number(3, 1), number(4, 9)),
      answer(unknown, number(4, 9), a, [...varint(12 * 8 + 5), 1, 2, 3, 4], number(3, 1), b, header),
    ]) {
      expect(read).toMatchObject({ revision: 300, more: true, count: 9, size: 2, lastKey: Buffer.from('/b') })
      expect(pairsOf(read)).toEqual([
        { key: '/ä', value: Buffer.from('one'), createRevision: 5, modRevision: 130, lease: String(2n ** 62n) },
        { key: '/b', value: Buffer.alloc(0), createRevision: 1, modRevision: 1, lease: '-3' },
      ])
      expect(read.next()).toBeUndefined()
    }
  })

  it('has defaults for all that is not there', () => {
    const read = answer(header, pair('/a', number(2, 1), number(3, 2)))
    expect(read).toMatchObject({ more: false, count: 0, size: 1 })
    expect(read.next()).toEqual({ key: '/a', value: Buffer.alloc(0), createRevision: 1, modRevision: 2, lease: '' })
    expect(answer()).toMatchObject({ revision: 0, more: false, count: 0, size: 0, lastKey: undefined })
  })

  it('is refused where it is cut off, or is none', () => {
    const whole = [...header, ...pair('/a', bytes(5, 'value'), number(3, 2)), ...number(4, 300)]
    const ends = [header.length, whole.length - 3]
    for (let end = 1; end < whole.length; end++) {
      const cut = () => new RangeAnswer(Buffer.from(whole.slice(0, end)))
      if (ends.includes(end)) expect(cut).not.toThrow()
      else expect(cut, `${end}`).toThrow(KVError)
    }
    expect(() => answer([3])).toThrow(KVError)
    expect(() => answer(number(4, 2n ** 53n))).toThrow('2^53')
    expect(() => answer(number(4, -1))).toThrow('2^53')
    expect(() => answer(bytes(1, [0x18, ...Array<number>(12).fill(0xff)]))).toThrow(KVError)
    expect(() => answer([0x20, ...Array<number>(400).fill(0x80), 0])).toThrow(KVError)
    expect(() => answer([...varint(2 * 8 + 2), ...varint(2 ** 40)])).toThrow('cut off')
    const crooked = answer(bytes(2, [...varint(1 * 8 + 2), 0]), number(3, 1))
    expect(crooked.next()).toMatchObject({ key: '' })
  })
})

describe('the version of a server', () => {
  it.each([
    ['3.4.23', false],
    ['3.4.30', false],
    ['3.4.31', true],
    ['3.5.0', false],
    ['3.5.12', false],
    ['3.5.13', true],
    ['3.5.13-rc.1', true],
    ['3.6.0', true],
    ['4.0.0', true],
    ['2.3.8', false],
    ['', false],
  ])('%s says whether it can be asked for progress: %s', (version, can) => {
    expect(answersProgressRequests(version)).toBe(can)
  })
})

describe('messages', () => {
  it('revisions that a number cannot hold are refused', () => {
    expect(parseRevision('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => parseRevision('9007199254740992')).toThrow('2^53')
    expect(() => parseRevision('x')).toThrow()
  })

  it('the range of a prefix ends behind its last key, and that of no prefix nowhere', () => {
    expect(prefixRange('/a/')).toEqual({ key: Buffer.from('/a/'), range_end: Buffer.from('/a0') })
    expect(prefixRange('')).toEqual({ key: Buffer.of(0), range_end: Buffer.of(0) })
    expect(prefixRange('/a/', '/a/b')).toEqual({ key: Buffer.from('/a/b'), range_end: Buffer.from('/a0') })
  })
})

// One story: what is loaded stays loaded.
describe('the driver', { shuffle: false }, () => {
  const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('/etcd3/'))

  it('is not loaded before a store is opened', async () => {
    const kv = etcd({ hosts: '127.0.0.1:1', compactionIntervalMs: 0, dialTimeoutMs: 50 })
    expect(isLoaded()).toBe(false)
    await expect(kv.open(backgroundContext())).rejects.toThrow(UnavailableError)
    expect(isLoaded()).toBe(true)
    await kv.close()
  })

  it('is told of by name when it cannot be reached', async () => {
    const kv = etcd({ hosts: ['http://127.0.0.1:1', '127.0.0.1:2'], dialTimeoutMs: 50 })
    await expect(kv.open(backgroundContext())).rejects.toThrow(
      'etcd: no host is reachable (http://127.0.0.1:1, 127.0.0.1:2)',
    )
    await kv.close()
  })

  it('is needed by no call on a store that was not opened', async () => {
    const kv = etcd({ hosts: '127.0.0.1:1' })
    await expect(kv.get(backgroundContext(), 'a')).rejects.toThrow(ClosedError)
    await expect(kv.create(backgroundContext(), 'a', Buffer.alloc(1))).rejects.toThrow(ClosedError)
    await kv.close()
    await expect(kv.open(backgroundContext())).rejects.toThrow(ClosedError)
  })
})

describe('options', () => {
  it('that make no sense are refused', () => {
    expect(() => etcd({ hosts: [] })).toThrow(TypeError)
    expect(() => etcd({ hosts: [''] })).toThrow(TypeError)
    expect(() => etcd({ hosts: ['https://a', 'http://b'] })).toThrow(TypeError)
    for (const host of ['ftp://x', 'HTTPS://a', '://a', 'http://a,http://b', 'a b'])
      expect(() => etcd({ hosts: host })).toThrow(
        `etcd: ${JSON.stringify(host)} in \`hosts\` is no host: each is http://HOST:PORT`,
      )
    expect(() => etcd({ hosts: [undefined as never] })).toThrow('etcd: undefined in `hosts` is no host')
    expect(() => etcd({ hosts: 'a', pageSize: 0 })).toThrow(TypeError)
    expect(() => etcd({ hosts: 'a', compactionIntervalMs: -1 })).toThrow(TypeError)
    expect(() => etcd({ hosts: 'a', dialTimeoutMs: Number.NaN })).toThrow(TypeError)
  })
})
