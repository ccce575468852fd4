import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { RequestContext } from '../../lib/endpoints/index.js'

function requested() {
  const response = Object.assign(new EventEmitter(), { writableFinished: false, destroyed: false, closed: false })
  const ctx = new RequestContext({} as IncomingMessage, response as unknown as ServerResponse, '/')
  return { ctx, response }
}

describe("a request's end", () => {
  it('is told to those who wait for it and to the signal, once, with its reason', () => {
    const { ctx } = requested()
    let told = 0
    ctx.onAbort(() => told++)
    const { signal } = ctx
    ctx.abort(new Error('enough'))
    ctx.abort(new Error('again'))
    expect([told, ctx.aborted, signal.aborted]).toEqual([1, true, true])
    expect(signal.reason).toMatchObject({ message: 'enough' })
  })

  it('is known to a signal that is asked for afterwards', () => {
    const { ctx } = requested()
    ctx.abort('over')
    expect([ctx.signal.aborted, ctx.signal.reason]).toEqual([true, 'over'])
  })

  it('is told at once to those who ask afterwards', () => {
    const { ctx } = requested()
    ctx.abort()
    let told = 0
    ctx.onAbort(() => told++)
    expect(told).toBe(1)
  })

  it('is not told to those who took that back', () => {
    const { ctx } = requested()
    const told: string[] = []
    const listeners = ['a', 'b', 'c'].map((name) => () => void told.push(name))
    for (const f of listeners) ctx.onAbort(f)
    ctx.offAbort(listeners[1]!)
    ctx.abort()
    expect(told).toEqual(['a', 'c'])
  })

  it('comes with its connection, when the answer is not complete', () => {
    const { ctx, response } = requested()
    let told = 0
    ctx.onAbort(() => told++)
    response.emit('close')
    expect([told, ctx.aborted]).toEqual([1, true])
  })

  it('does not come with a connection whose answer is complete', () => {
    const { ctx, response } = requested()
    let told = 0
    ctx.onAbort(() => told++)
    response.writableFinished = true
    response.emit('close')
    expect([told, ctx.aborted]).toEqual([0, false])
  })

  it('comes with a reset of its stream, which Node ends then as if the answer were complete', () => {
    const stream = Object.assign(new EventEmitter(), { aborted: false, closed: false, destroyed: false })
    const response = { stream, writableFinished: false }
    const ctx = new RequestContext({} as IncomingMessage, response as unknown as ServerResponse, '/')
    let told = 0
    ctx.onAbort(() => told++)
    expect(ctx.gone).toBe(false)
    Object.assign(stream, { aborted: true, closed: true })
    stream.emit('aborted')
    response.writableFinished = true
    stream.emit('close')
    expect([told, ctx.aborted, ctx.gone, ctx.answered]).toEqual([1, true, true, false])
  })

  it('does not come with the close of a stream whose answer is complete', () => {
    const stream = Object.assign(new EventEmitter(), { aborted: false, closed: false, destroyed: false })
    const response = { stream, writableFinished: false }
    const ctx = new RequestContext({} as IncomingMessage, response as unknown as ServerResponse, '/')
    let told = 0
    ctx.onAbort(() => told++)
    response.writableFinished = true
    stream.emit('close')
    expect([told, ctx.aborted, ctx.answered]).toEqual([0, false, true])
  })

  it('has come when the connection is gone before anybody asks', () => {
    const { ctx, response } = requested()
    response.destroyed = true
    expect(ctx.aborted).toBe(true)
    let told = 0
    ctx.onAbort(() => told++)
    expect([told, ctx.signal.aborted]).toEqual([1, true])
  })
})
