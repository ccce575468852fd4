import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { BatchBackend } from '../../lib/audit/batch-backend.js'
import { type AuditBackend, AuditEvent, type BatchOptions } from '../../lib/audit/index.js'
import { TokenBucket } from '../../lib/audit/token-bucket.js'
import { truncateBackend } from '../../lib/audit/truncate-backend.js'
import { event, eventsOf, losses } from './support.js'

interface Receiver extends AuditBackend {
  /** Ids of the events of each batch. */
  readonly batches: string[][]
  /** Lets batches go that wait. */
  release(): void
  closed: boolean
}

/** Takes batches, at once or when it is told to. */
function receiver(waits = false): Receiver {
  const batches: string[][] = []
  const waiting: (() => void)[] = []
  return {
    name: 'receiver',
    batches,
    closed: false,
    processEvents(events) {
      batches.push(events.map(({ auditID }) => auditID))
      return waits ? new Promise((resolve) => waiting.push(() => resolve(true))) : true
    },
    release() {
      for (const go of waiting.splice(0)) go()
    },
    close() {
      this.closed = true
      this.release()
      return Promise.resolve()
    },
  }
}

function batching(to: AuditBackend, options: BatchOptions) {
  const { lost, onError, messages } = losses()
  return { backend: new BatchBackend(to, { throttleQPS: 0, ...options }, onError), lost, messages }
}

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await sleep(1)
}

const idsOf = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i))

describe('a batch', () => {
  test('is sent when it is full, and not within the turn of a request', async () => {
    const to = receiver()
    const { backend } = batching(to, { maxBatchSize: 3, maxBatchWaitMs: 1e6 })
    expect(backend.processEvents(eventsOf(7))).toBe(true)
    expect(to.batches).toEqual([])
    await until(() => to.batches.length === 2)
    expect(to.batches).toEqual([idsOf(0, 3), idsOf(3, 6)])
    await backend.close()
  })

  test('is sent when its time is up, full or not', async () => {
    const to = receiver()
    const { backend } = batching(to, { maxBatchSize: 100, maxBatchWaitMs: 1 })
    backend.processEvents(eventsOf(2))
    await until(() => to.batches.length === 1)
    backend.processEvents(eventsOf(1))
    await until(() => to.batches.length === 2)
    expect(to.batches).toEqual([idsOf(0, 2), idsOf(0, 1)])
    await backend.close()
  })

  test('that is under way keeps no other from being sent, up to a number', async () => {
    const to = receiver(true)
    const { backend } = batching(to, { maxBatchSize: 1, maxInFlight: 3 })
    backend.processEvents(eventsOf(5))
    await until(() => to.batches.length === 3)
    await sleep(5)
    expect(to.batches).toHaveLength(3)
    to.release()
    await until(() => to.batches.length === 5)
    to.release()
    await backend.close()
  })

  test('waits when more were sent than are allowed in a second', async () => {
    const to = receiver()
    const { backend } = batching(to, { maxBatchSize: 1, throttleQPS: 0.001, throttleBurst: 2 })
    backend.processEvents(eventsOf(5))
    await until(() => to.batches.length === 2)
    await sleep(5)
    expect(to.batches).toHaveLength(2)
    await backend.close()
    expect(to.batches).toHaveLength(5)
  })
})

describe('what does not fit is dropped and counted, and nobody waits', () => {
  test('by number', () => {
    const to = receiver(true)
    const { backend, lost, messages } = batching(to, { bufferSize: 10 })
    expect(backend.processEvents(eventsOf(25))).toBe(true)
    expect([lost, messages]).toEqual([{ buffered: 15 }, ['audit buffer queue blocked']])
  })

  test('by size, what is under way counted as well', async () => {
    const to = receiver(true)
    const size = 1000
    const { backend, lost } = batching(to, {
      maxBatchSize: 1,
      maxBufferBytes: 3 * (size + 300),
      maxInFlight: 1,
      closeTimeoutMs: 1,
    })
    for (const id of idsOf(0, 10)) backend.processEvents([event(id, size)])
    await until(() => to.batches.length === 1)
    for (const id of idsOf(10, 20)) backend.processEvents([event(id, size)])
    expect(lost).toEqual({ buffered: 17 })
    to.release()
    await until(() => to.batches.length === 2)
    backend.processEvents([event('20', size)])
    expect(lost).toEqual({ buffered: 17 })
    await backend.close()
  })
})

describe('closing', () => {
  test('sends what is held, in batches', async () => {
    const to = receiver()
    const { backend, lost } = batching(to, { maxBatchSize: 4, maxBatchWaitMs: 1e6 })
    backend.processEvents(eventsOf(10))
    await backend.close()
    expect(to.batches).toEqual([idsOf(0, 4), idsOf(4, 8), idsOf(8, 10)])
    expect([lost, to.closed]).toEqual([{}, true])
  })

  test('waits for what is under way', async () => {
    const to = receiver(true)
    const { backend, lost } = batching(to, { maxBatchSize: 1, maxInFlight: 1 })
    backend.processEvents(eventsOf(3))
    const closed = backend.close()
    for (const sent of [1, 2, 3]) {
      await until(() => to.batches.length === sent)
      to.release()
    }
    await closed
    expect(lost).toEqual({})
  })

  test('gives up in time, and tells what is lost', async () => {
    const to = receiver(true)
    const { backend, lost } = batching(to, { maxBatchSize: 1, maxInFlight: 2, closeTimeoutMs: 5 })
    backend.processEvents(eventsOf(7))
    await backend.close()
    expect([lost, to.closed]).toEqual([{ buffered: 5 }, true])
  })

  test('ends it: what comes then is lost and told', async () => {
    const to = receiver()
    const { backend, lost, messages } = batching(to, {})
    await backend.close()
    expect(backend.processEvents(eventsOf(2))).toBe(true)
    expect([lost, messages]).toEqual([{ buffered: 2 }, ['audit backend shut down']])
    await backend.close()
    expect(to.batches).toEqual([])
  })
})

describe('events that are too large', () => {
  const truncating = (maxEventSize: number, maxBatchSize?: number) => {
    const kept: AuditEvent[][] = []
    const { lost, onError, messages } = losses()
    const to: AuditBackend = {
      name: 'receiver',
      processEvents: (events) => {
        kept.push([...events])
        return true
      },
      close: () => Promise.resolve(),
    }
    const options = { maxEventSize, ...(maxBatchSize !== undefined && { maxBatchSize }) }
    return { backend: truncateBackend(to, options, onError), kept, lost, messages }
  }

  test('lose their objects', () => {
    const { backend, kept } = truncating(500)
    backend.processEvents([event('0', 100), event('1', 1000)])
    expect(kept[0]?.[0]?.toJSON()).toHaveProperty('requestObject')
    expect(kept[0]?.[1]?.toJSON()).not.toHaveProperty('requestObject')
    expect(kept[0]?.[1]?.toJSON().annotations).toEqual({ 'audit.k8s.io/truncated': 'true' })
  })

  test('are dropped when that is not enough', () => {
    const { backend, kept, lost, messages } = truncating(500)
    expect(backend.processEvents([event('x'.repeat(1000)), event('1')])).toBe(true)
    expect(kept.map((events) => events.map(({ auditID }) => auditID))).toEqual([['1']])
    expect([lost, messages]).toEqual([{ truncate: 1 }, ['event is too large even after truncating']])
  })

  test('are measured in bytes', () => {
    const { backend, kept } = truncating(500)
    const wide = new AuditEvent({
      level: 'Request',
      stage: 'ResponseComplete',
      auditID: 'id',
      head: '"level":"Request"',
      objects: `,"requestObject":"${'日'.repeat(200)}"`,
      times: '',
      annotations: '',
    })
    backend.processEvents([wide])
    expect(kept[0]?.[0]?.toJSON()).not.toHaveProperty('requestObject')
  })

  test('go in batches that are not', () => {
    const { backend, kept } = truncating(500, Buffer.byteLength(event('0').line) * 2)
    backend.processEvents(eventsOf(5))
    expect(kept.map((events) => events.length)).toEqual([2, 2, 1])
  })
})

describe('a token bucket', () => {
  test('gives its burst at once, then says how long to wait', () => {
    const bucket = new TokenBucket(0.5, 3)
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0])
    const wait = bucket.take()
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(2000)
  })

  test('without a rate gives always', () => {
    const bucket = new TokenBucket(0, 0)
    expect(Array.from({ length: 100 }, () => bucket.take()).every((wait) => wait === 0)).toBe(true)
  })
})
