import { compileRegexp, type Instruction } from './regexp-compiler.js'
import type { Assertion, RegexpNode } from './regexp-syntax.js'

/** Steps a run may take: an input longer than this many, divided by the instructions, does not match. */
const MAX_STEPS = 1 << 19

interface Thread {
  readonly at: number
  readonly slots: readonly number[]
}

/**
 * An expression that runs in time linear in its input: all ways through it advance together, a character at a time, so
 * that no input can make it backtrack. Alternatives have the priorities of a backtracking matcher, as in RE2.
 */
export class RegexpProgram {
  readonly #code: readonly Instruction[]
  readonly #mark: Int32Array
  /** How many groups the expression captures, the whole match not counted. */
  readonly groups: number
  /** Longest input it is run on, in UTF-16 units; a longer one does not match. */
  readonly maxInput: number
  #generation = 0

  /** @throws SyntaxError when the expression becomes too large. */
  constructor(node: RegexpNode) {
    const { code, groups } = compileRegexp(node)
    this.#code = code
    this.groups = groups
    this.maxInput = Math.floor(MAX_STEPS / code.length)
    this.#mark = new Int32Array(code.length)
  }

  /** Whether the expression matches anywhere in the input. */
  test(input: string): boolean {
    return this.#run(input, false) !== undefined
  }

  /**
   * The captured groups of the leftmost match, `''` for a group that took no part, without the whole match;
   * undefined when nothing matches.
   */
  exec(input: string): string[] | undefined {
    const slots = this.#run(input, true)
    if (slots === undefined) return undefined
    const groups: string[] = []
    for (let i = 1; i <= this.groups; i++) {
      const start = slots[i * 2] ?? -1
      const end = slots[i * 2 + 1] ?? -1
      groups.push(start < 0 || end < 0 ? '' : input.slice(start, end))
    }
    return groups
  }

  #run(input: string, capture: boolean): readonly number[] | undefined {
    if (input.length > this.maxInput) return undefined
    const start: readonly number[] = capture ? new Array<number>((this.groups + 1) * 2).fill(-1) : []
    let found: readonly number[] | undefined
    let threads: Thread[] = []
    for (let position = 0; ; ) {
      const code = input.codePointAt(position)
      const generation = this.#nextGeneration()
      const ready: Thread[] = []
      for (const thread of threads) this.#add(ready, thread.at, thread.slots, input, position, generation)
      if (found === undefined) this.#add(ready, 0, start, input, position, generation)
      threads = []
      for (const thread of ready) {
        const instruction = this.#code[thread.at]!
        if (instruction.op === 'match') {
          found = thread.slots
          if (!capture) return found
          break
        }
        if (code !== undefined && instruction.op === 'set' && instruction.set.has(code)) {
          threads.push({ at: thread.at + 1, slots: thread.slots })
        }
      }
      if (code === undefined || (found !== undefined && threads.length === 0)) return found
      position += code > 0xffff ? 2 : 1
    }
  }

  #nextGeneration(): number {
    if (this.#generation === 0x7fffffff) {
      this.#mark.fill(0)
      this.#generation = 0
    }
    return ++this.#generation
  }

  // Follows everything that consumes no character, in order of priority.
  #add(ready: Thread[], from: number, slots: readonly number[], input: string, position: number, mark: number): void {
    const stack: Thread[] = [{ at: from, slots }]
    for (let thread = stack.pop(); thread !== undefined; thread = stack.pop()) {
      if (this.#mark[thread.at] === mark) continue
      this.#mark[thread.at] = mark
      const instruction = this.#code[thread.at]!
      switch (instruction.op) {
        case 'jump':
          stack.push({ at: instruction.to, slots: thread.slots })
          break
        case 'split':
          stack.push({ at: instruction.second, slots: thread.slots }, { at: instruction.first, slots: thread.slots })
          break
        case 'save':
          stack.push({ at: thread.at + 1, slots: saved(thread.slots, instruction.slot, position) })
          break
        case 'assert':
          if (holds(instruction.assertion, input, position)) stack.push({ at: thread.at + 1, slots: thread.slots })
          break
        default:
          ready.push(thread)
      }
    }
  }
}

function saved(slots: readonly number[], slot: number, position: number): readonly number[] {
  if (slots.length === 0) return slots
  const copy = slots.slice()
  copy[slot] = position
  return copy
}

function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122)
}

function holds(assertion: Assertion, input: string, position: number): boolean {
  switch (assertion) {
    case 'begin':
      return position === 0
    case 'end':
      return position === input.length
    case 'lineBegin':
      return position === 0 || input.charCodeAt(position - 1) === 10
    case 'lineEnd':
      return position === input.length || input.charCodeAt(position) === 10
    default: {
      const boundary = isWord(input.charCodeAt(position - 1)) !== isWord(input.charCodeAt(position))
      return boundary === (assertion === 'word')
    }
  }
}
