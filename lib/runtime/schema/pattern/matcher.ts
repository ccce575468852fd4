import { contains } from './char-set.js'
import { parsePattern } from './parser.js'
import { assemble, type Program } from './program.js'
import type { Assertion } from './syntax.js'

/** States of the lazily built automaton that are kept; beyond, it starts over. */
const MAX_STATES = 1_000

/** Successors by characters beyond ASCII that are kept for one closure. */
const MAX_WIDE = 1_024

/**
 * Steps that may be taken outside the kept states, for one text or for all texts of one object. What needs more is
 * refused, not waited for; a million steps take some tenths of a second.
 */
export class WorkBudget {
  constructor(public left = 1_000_000) {}
}

/** The position's surroundings, as bits: which assertions hold there. */
const HOLDS: Readonly<Record<Assertion, number>> = {
  'text-start': 1,
  'text-end': 2,
  'line-start': 4,
  'line-end': 8,
  word: 16,
  'not-word': 32,
}

/** Where a match may stand between two characters. */
interface State {
  readonly entries: readonly number[]
  /** By surroundings. */
  readonly closures: Map<number, Closure>
}

/** A state with everything that can be reached without reading a character. */
interface Closure {
  readonly matched: boolean
  readonly readers: readonly number[]
  readonly ascii: (State | undefined)[]
  readonly wide: Map<number, State>
}

/**
 * Tells whether texts match an RE2 pattern, in time proportional to the text: no input can make it backtrack.
 *
 * @throws {@link PatternError} from the constructor, for what is no RE2.
 * @example
 * ```ts
 * new PatternMatcher('^[a-z]+$').test('abc') // true
 * ```
 */
export class PatternMatcher {
  readonly #program: Program
  readonly #assertions: boolean
  #states = new Map<string, State>()

  constructor(pattern: string) {
    this.#program = assemble(parsePattern(pattern))
    this.#assertions = this.#program.steps.some((step) => step.op === 'assert')
  }

  /** @returns undefined if the budget does not suffice for a text of this length and a pattern of this size */
  test(text: string, budget = new WorkBudget()): boolean | undefined {
    let state = this.#state([])
    let previous = -1
    for (let at = 0; at <= text.length; ) {
      const code = text.codePointAt(at) ?? -1
      const closure = this.#closure(state, this.#assertions ? surroundings(previous, code) : 0, budget)
      if (closure.matched) return true
      if (code < 0) return false
      state = (code < 128 ? closure.ascii[code] : closure.wide.get(code)) ?? this.#advance(closure, code, budget)
      if (budget.left < 0) return undefined
      previous = code
      at += code > 0xffff ? 2 : 1
    }
    return false
  }

  #state(entries: readonly number[]): State {
    const key = entries.join()
    const known = this.#states.get(key)
    if (known !== undefined) return known
    if (this.#states.size >= MAX_STATES) this.#states = new Map()
    const state: State = { entries, closures: new Map() }
    this.#states.set(key, state)
    return state
  }

  #closure(state: State, holding: number, budget: WorkBudget): Closure {
    const known = state.closures.get(holding)
    if (known !== undefined) return known
    const { steps, start } = this.#program
    const seen = new Set<number>()
    // A match may begin at every position.
    const pending = [start, ...state.entries]
    const readers: number[] = []
    let matched = false
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at)) continue
      seen.add(at)
      const step = steps[at]
      if (step === undefined) continue
      if (step.op === 'match') matched = true
      else if (step.op === 'chars') readers.push(at)
      else if (step.op === 'split') pending.push(...step.next)
      else if ((HOLDS[step.assertion] & holding) !== 0) pending.push(step.next)
    }
    budget.left -= seen.size
    const closure: Closure = { matched, readers, ascii: [], wide: new Map() }
    state.closures.set(holding, closure)
    return closure
  }

  #advance(closure: Closure, code: number, budget: WorkBudget): State {
    const entries = new Set<number>()
    for (const reader of closure.readers) {
      const step = this.#program.steps[reader]
      if (step?.op === 'chars' && contains(step.set, code)) entries.add(step.next)
    }
    budget.left -= closure.readers.length + 1
    const state = this.#state([...entries].sort((a, b) => a - b))
    if (code < 128) {
      closure.ascii[code] = state
    } else {
      if (closure.wide.size >= MAX_WIDE) closure.wide.clear()
      closure.wide.set(code, state)
    }
    return state
  }
}

/** Which assertions hold between two characters; -1 stands for the text's edges. */
function surroundings(previous: number, next: number): number {
  let holding = isWord(previous) === isWord(next) ? HOLDS['not-word'] : HOLDS.word
  if (previous < 0) holding |= HOLDS['text-start'] | HOLDS['line-start']
  else if (previous === 0x0a) holding |= HOLDS['line-start']
  if (next < 0) holding |= HOLDS['text-end'] | HOLDS['line-end']
  else if (next === 0x0a) holding |= HOLDS['line-end']
  return holding
}

function isWord(code: number): boolean {
  if (code < 0x30) return false
  return code <= 0x39 || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a)
}
