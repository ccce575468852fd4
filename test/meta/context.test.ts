import { describe, expect, it } from 'vitest'
import { backgroundContext, type Context, offAbort, onAbort } from '../../lib/meta/context.js'

describe('a context whose end somebody waits for', () => {
  it('tells once, by its signal', () => {
    const controller = new AbortController()
    let told = 0
    onAbort(backgroundContext({ signal: controller.signal }), () => told++)
    expect(told).toBe(0)
    controller.abort()
    controller.abort()
    expect(told).toBe(1)
  })

  it('tells at once when it has ended before', () => {
    let told = 0
    onAbort(backgroundContext({ signal: AbortSignal.abort() }), () => told++)
    expect(told).toBe(1)
  })

  it('tells nobody who took that back', () => {
    const controller = new AbortController()
    const ctx = backgroundContext({ signal: controller.signal })
    const told: string[] = []
    const listeners = ['a', 'b'].map((name) => () => void told.push(name))
    for (const f of listeners) onAbort(ctx, f)
    offAbort(ctx, listeners[0]!)
    controller.abort()
    expect(told).toEqual(['b'])
  })

  it('is not asked for a signal where it can tell without one', () => {
    const told: unknown[] = []
    const ctx: Context = {
      ...backgroundContext(),
      get signal(): AbortSignal {
        throw new Error('a signal was made')
      },
      aborted: false,
      onAbort: (f) => void told.push(f),
      offAbort: (f) => void told.splice(told.indexOf(f), 1),
    }
    const f = () => {}
    onAbort(ctx, f)
    expect(told).toEqual([f])
    offAbort(ctx, f)
    expect(told).toEqual([])
  })
})
