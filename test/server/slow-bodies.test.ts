import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SlowBodies } from '../../lib/server/serving/slow-bodies.js'

const [LOOK_MS, HIGH] = [1_000, 16_384]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A request under watch, of which the test says what has come and what nobody has read. */
function watched() {
  const request = {
    headers: { 'content-length': '1000000' },
    httpVersionMajor: 1,
    complete: false,
    destroyed: false,
    readableLength: 0,
    readableHighWaterMark: HIGH,
    socket: { bytesRead: 0 },
  }
  const statuses: number[] = []
  const response = { headersSent: false, writeHead: (status: number) => void statuses.push(status), end: () => {} }
  new SlowBodies(1_000, LOOK_MS, 0).request(
    request as unknown as IncomingMessage,
    response as unknown as ServerResponse,
  )
  return { request, statuses, look: () => vi.advanceTimersByTime(LOOK_MS) }
}

test('a body that comes too slowly is cut off', () => {
  const { request, statuses, look } = watched()
  request.socket.bytesRead = 1_000
  look()
  expect(statuses).toEqual([])
  request.socket.bytesRead = 1_999
  look()
  expect(statuses).toEqual([408])
})

test('a body that nobody has read is not, nor right after the server went on reading', () => {
  const { request, statuses, look } = watched()
  Object.assign(request, { readableLength: HIGH, socket: { bytesRead: HIGH } })
  for (let i = 0; i < 3; i++) look()
  // What was held has just been read; the connection, which stood still until now, had no time to bring more.
  request.readableLength = 0
  look()
  expect(statuses).toEqual([])
  look()
  expect(statuses).toEqual([408])
})
