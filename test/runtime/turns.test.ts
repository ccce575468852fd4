import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { shareTurn, takeTurn, yieldsToOthers } from '../../lib/runtime/turns.js'

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** Pieces of a millisecond each, all at once; says in which order they were done. */
function burst(pieces: number, done: (index: number) => void): Promise<unknown> {
  const piece = async (_: unknown, index: number) => {
    const turn = shareTurn()
    if (turn) await turn
    work(1)
    done(index)
  }
  return Promise.all(Array.from({ length: pieces }, piece))
}

describe('small pieces of work', () => {
  it('are done at once when nothing else waits', async () => {
    await nextTurn()
    expect(shareTurn()).toBeUndefined()
  })

  it('let timers and sockets come in between when there are many, and are done in order', async () => {
    const seen: (number | 'timer')[] = []
    const timer = setInterval(() => seen.push('timer'), 1)
    await burst(60, (index) => seen.push(index))
    clearInterval(timer)
    const order = seen.filter((entry) => entry !== 'timer')
    expect(order).toEqual(Array.from({ length: 60 }, (_, index) => index))
    expect(seen.slice(0, seen.indexOf(59)).filter((entry) => entry === 'timer').length).toBeGreaterThan(3)
  })

  it('queue behind those that wait already', async () => {
    const done: string[] = []
    const first = burst(20, (index) => done.push(`first ${index}`))
    const second = burst(3, (index) => done.push(`second ${index}`))
    await Promise.all([first, second])
    expect(done.slice(-3)).toEqual(['second 0', 'second 1', 'second 2'])
  })

  it('leave a stretch of each turn to a long loop', async () => {
    let done = 0
    const all = burst(40, () => done++)
    await takeTurn()
    expect(done).toBeLessThan(40)
    await all
  })
})

describe('long loops', () => {
  it('take turns, a stretch each', async () => {
    const seen: string[] = []
    const loop = async (name: string) => {
      const pause = yieldsToOthers(1)
      for (let i = 0; i < 12; i++) {
        work(1)
        if (seen.at(-1) !== name) seen.push(name)
        await pause()
      }
    }
    await Promise.all([loop('a'), loop('b')])
    expect(seen.length).toBeGreaterThan(3)
  })

  it('resume in the order in which they began to wait', async () => {
    const order: number[] = []
    await Promise.all([1, 2, 3].map((n) => takeTurn().then(() => order.push(n))))
    expect(order).toEqual([1, 2, 3])
  })
})
