import type { CharSet } from './char-set.js'
import type { Assertion, RegexpNode } from './regexp-syntax.js'

/** Instructions a compiled expression may have: bounds the memory and the time a character of input costs. */
const MAX_INSTRUCTIONS = 4096

type Instruction =
  | { readonly op: 'set'; readonly set: CharSet }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'match' }

interface Thread {
  readonly at: number
  readonly slots: readonly number[]
}

/**
 * An expression that runs in time linear in its input: all ways through it advance together, a character at a time, so
 * that no input can make it backtrack. Alternatives have the priorities of a backtracking matcher, as in RE2.
 */
export class RegexpProgram {
  readonly #code: Instruction[] = []
  readonly #mark: Int32Array
  readonly #slots: number
  /** How many groups the expression captures, the whole match not counted. */
  readonly groups: number
  #generation = 0

  /** @throws SyntaxError when the expression compiles to too many instructions. */
  constructor(node: RegexpNode) {
    let groups = 0
    const emit = (instruction: Instruction): number => {
      if (this.#code.length >= MAX_INSTRUCTIONS) throw new SyntaxError('the expression is too large')
      return this.#code.push(instruction) - 1
    }
    const compile = (part: RegexpNode): void => {
      switch (part.kind) {
        case 'set':
          emit({ op: 'set', set: part.set })
          return
        case 'assert':
          emit({ op: 'assert', assertion: part.assertion })
          return
        case 'sequence':
          for (const each of part.nodes) compile(each)
          return
        case 'choice':
          choice(part.nodes)
          return
        case 'group': {
          const group = ++groups
          emit({ op: 'save', slot: group * 2 })
          compile(part.node)
          emit({ op: 'save', slot: group * 2 + 1 })
          return
        }
        case 'repeat':
          repeat(part)
      }
    }
    const choice = (nodes: readonly RegexpNode[]): void => {
      const ends: number[] = []
      nodes.forEach((each, i) => {
        const last = i === nodes.length - 1
        const split = last ? -1 : emit({ op: 'split', first: this.#code.length + 1, second: 0 })
        compile(each)
        if (last) return
        ends.push(emit({ op: 'jump', to: 0 }))
        this.#patch(split, 'second')
      })
      for (const end of ends) this.#patch(end, 'to')
    }
    const optional = (greedy: boolean, body: () => void): void => {
      const split = emit({ op: 'split', first: this.#code.length + 1, second: this.#code.length + 1 })
      body()
      this.#patch(split, greedy ? 'second' : 'first')
    }
    const repeat = (part: RegexpNode & { kind: 'repeat' }): void => {
      const outer = groups
      const once = () => {
        // Every copy of a counted body captures into the same groups.
        groups = outer
        compile(part.node)
      }
      for (let i = 0; i < part.min; i++) once()
      if (part.max === Number.POSITIVE_INFINITY) {
        const start = this.#code.length
        optional(part.greedy, () => {
          once()
          emit({ op: 'jump', to: start })
        })
      } else {
        const splits: number[] = []
        for (let i = part.min; i < part.max; i++) {
          splits.push(emit({ op: 'split', first: this.#code.length + 1, second: this.#code.length + 1 }))
          once()
        }
        for (const split of splits) this.#patch(split, part.greedy ? 'second' : 'first')
      }
      // A body repeated no times still owns its groups.
      if (part.max === 0) groups = outer + countGroups(part.node)
    }
    compile(node)
    emit({ op: 'match' })
    this.groups = groups
    this.#slots = (groups + 1) * 2
    this.#mark = new Int32Array(this.#code.length)
  }

  #patch(at: number, field: 'first' | 'second' | 'to'): void {
    Object.assign(this.#code[at]!, { [field]: this.#code.length })
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
    const start: readonly number[] = capture ? new Array<number>(this.#slots).fill(-1) : []
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

function countGroups(node: RegexpNode): number {
  if (node.kind === 'group') return 1 + countGroups(node.node)
  if (node.kind === 'repeat') return countGroups(node.node)
  if (node.kind === 'sequence' || node.kind === 'choice') {
    return node.nodes.reduce((sum, each) => sum + countGroups(each), 0)
  }
  return 0
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
