import { describe, expect, test } from 'vitest'
import { whenSettled } from '../../lib/server/settle.js'

const later = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('filters that wait for the same answer', () => {
  test('are told from the inside out, and share one promise', async () => {
    const told: string[] = []
    const inner = whenSettled(later, () => void told.push('inner'))
    const middle = whenSettled(
      () => inner,
      () => void told.push('middle'),
    )
    const outer = whenSettled(
      () => middle,
      () => void told.push('outer'),
    )
    expect([middle, outer]).toEqual([inner, inner])
    expect(told).toEqual([])
    await outer
    expect(told).toEqual(['inner', 'middle', 'outer'])
  })

  test('are told of a failure, which goes on to who called', async () => {
    const told: unknown[] = []
    const boom = new Error('boom')
    const inner = whenSettled(
      () => later().then(() => Promise.reject(boom)),
      (failed, err) => void told.push('inner', failed, err),
    )
    await expect(
      whenSettled(
        () => inner,
        (failed, err) => void told.push('outer', failed, err),
      ),
    ).rejects.toBe(boom)
    expect(told).toEqual(['inner', true, boom, 'outer', true, boom])
  })

  test.each([false, true])('wait for each other where one has to (failed: %s)', async (fails) => {
    const told: string[] = []
    const inner = whenSettled(
      () => later().then(() => (fails ? Promise.reject(new Error('boom')) : undefined)),
      async () => {
        await later()
        told.push('inner')
      },
    )
    await Promise.resolve(
      whenSettled(
        () => inner,
        () => void told.push('outer'),
      ),
    ).catch(() => {})
    expect(told).toEqual(['inner', 'outer'])
  })

  test('are told also when they come after the others were', async () => {
    const told: string[] = []
    const inner = whenSettled(later, () => void told.push('inner'))
    await inner
    await whenSettled(
      () => inner,
      () => void told.push('late'),
    )
    expect(told).toEqual(['inner', 'late'])
  })
})

describe('an answer given at once', () => {
  test('costs no promise', () => {
    const told: boolean[] = []
    expect(
      whenSettled(
        () => {},
        (failed) => void told.push(failed),
      ),
    ).toBeUndefined()
    expect(told).toEqual([false])
  })

  test('that failed is told of, and thrown', () => {
    const told: unknown[] = []
    const fail = () => {
      throw new Error('boom')
    }
    expect(() => whenSettled(fail, (failed) => void told.push(failed))).toThrow('boom')
    expect(told).toEqual([true])
  })

  test('that failed waits for who has to be waited for', async () => {
    const told: string[] = []
    const fail = () => {
      throw new Error('boom')
    }
    const failed = whenSettled(fail, async () => {
      await later()
      told.push('done')
    })
    await expect(failed).rejects.toThrow('boom')
    expect(told).toEqual(['done'])
  })
})
