import { describe, expect, test } from 'vitest'
import { type Interval, linearize, type Model } from './check/linearize.js'
import { Random } from './random.js'

interface Call extends Interval {
  readonly write?: number
  readonly read?: number
}

/** A register of numbers without revisions: the example of every paper on the matter. */
const register: Model<number, Call> = {
  initial: 0,
  step: (state, { write, read }) => write ?? (read === state ? state : undefined),
  text: String,
}

const never = Number.POSITIVE_INFINITY
const write = (value: number, invoked: number, returned: number): Call => ({ write: value, invoked, returned })
const read = (value: number, invoked: number, returned: number): Call => ({ read: value, invoked, returned })
const verdict = (...calls: Call[]) => linearize(register, calls).type

/** By trying every order, which nobody can do for more than a handful. */
function bruteForce(left: readonly Call[], state: number): boolean {
  if (left.every(({ returned }) => returned === never)) return true
  const first = Math.min(...left.map(({ returned }) => returned))
  return left.some((call) => {
    if (call.invoked > first) return false
    const after = register.step(state, call)
    return (
      after !== undefined &&
      bruteForce(
        left.filter((other) => other !== call),
        after,
      )
    )
  })
}

describe('linearize', () => {
  test('a read sees the last write before it', () => {
    expect(verdict(write(1, 0, 1), read(1, 2, 3))).toBe('linearizable')
    expect(verdict(write(1, 0, 1), read(0, 2, 3))).toBe('not linearizable')
  })

  test('a read may see a write that goes on, or not', () => {
    expect(verdict(write(1, 0, 10), read(1, 2, 3))).toBe('linearizable')
    expect(verdict(write(1, 0, 10), read(0, 2, 3))).toBe('linearizable')
  })

  test('what one read has seen, a later one cannot have missed', () => {
    expect(verdict(write(1, 0, 10), read(1, 2, 3), read(0, 4, 5))).toBe('not linearizable')
  })

  test('a write without an answer may take effect at any later time, or never', () => {
    expect(verdict(write(1, 0, never), read(0, 2, 3), read(1, 100, 101))).toBe('linearizable')
    expect(verdict(write(1, 0, never), read(0, 2, 3))).toBe('linearizable')
    expect(verdict(write(1, 50, never), read(1, 2, 3))).toBe('not linearizable')
    expect(verdict(write(1, 0, never), read(1, 2, 3), read(0, 4, 5))).toBe('not linearizable')
  })

  test('says how far it came, and who could not go on', () => {
    const stuck = read(0, 4, 5)
    const found = linearize(register, [write(1, 0, 1), read(1, 2, 3), stuck])
    expect(found).toMatchObject({ type: 'not linearizable', state: 1, stuck: [stuck] })
  })

  test('leaves a question undecided that takes more than its budget', () => {
    const many = Array.from({ length: 20 }, (_, i) => write(i, 0, 1000))
    expect(linearize(register, [...many, read(-1, 0, 1000)], 1000).type).toBe('undecided')
  })

  test('agrees with trying every order, on small histories of every kind', () => {
    const counts = { linearizable: 0, 'not linearizable': 0, undecided: 0 }
    for (let seed = 0; seed < 3000; seed++) {
      const random = new Random(seed)
      const calls = Array.from({ length: random.between(2, 7) }, () => {
        const invoked = random.between(0, 20)
        const returned = random.chance(0.2) ? never : invoked + random.between(1, 8)
        const value = random.between(0, 2)
        return random.chance(0.5) ? write(value, invoked, returned) : read(value, invoked, returned)
      })
      const found = linearize(register, calls).type
      counts[found]++
      expect(found, `seed ${seed}`).toBe(bruteForce(calls, 0) ? 'linearizable' : 'not linearizable')
    }
    expect(Math.min(counts.linearizable, counts['not linearizable'])).toBeGreaterThan(500)
  })
})
