// Is there an order of operations, each between its invocation and its answer, that a sequential object explains?
// The search is that of Wing and Gong with Lowe's memoization, as Porcupine does it (A. Athalye, "Faster linearizability
// checking via P-compositionality", after Horn and Kroening): a list of invocations and answers by time, of which an
// operation's two entries are lifted out when it is put next, and put back when that leads nowhere.

export interface Interval {
  readonly invoked: number
  /** Infinity: the operation may take effect at any later time, or never. */
  readonly returned: number
}

/** A sequential object. */
export interface Model<S, O> {
  readonly initial: S
  /** The state after an operation with this result; undefined = it cannot have had this result here. */
  step(state: S, operation: O): S | undefined
  /** Two states are the same when their texts are. */
  text(state: S): string
}

export type Verdict<S, O> =
  | { readonly type: 'linearizable' }
  /** `order` is as far as anybody came; `stuck` are those of which none could be next, though the first had to be. */
  | { readonly type: 'not linearizable'; readonly order: readonly O[]; readonly state: S; readonly stuck: readonly O[] }
  | { readonly type: 'undecided' }

interface Entry<O> {
  readonly operation: O
  readonly index: number
  readonly isCall: boolean
  readonly time: number
  /** The answer's entry, of a call whose operation has one. */
  answer: Entry<O> | undefined
  previous: Entry<O> | undefined
  next: Entry<O> | undefined
}

interface Step<S, O> {
  readonly call: Entry<O>
  readonly before: S
}

/** @param budget how many steps may be tried until the question is left undecided */
export function linearize<S, O extends Interval>(
  model: Model<S, O>,
  operations: readonly O[],
  budget = 5_000_000,
): Verdict<S, O> {
  const head = entriesOf(operations)
  const done = new Bits(operations.length)
  const tried = new Set<string>()
  const steps: Step<S, O>[] = []
  let state = model.initial
  let longest: { order: O[]; state: S; stuck: O[] } | undefined
  let entry = head.next
  for (let left = budget; entry; left--) {
    if (left === 0) return { type: 'undecided' }
    if (!entry.isCall) {
      if (!longest || steps.length >= longest.order.length)
        longest = { order: steps.map(({ call }) => call.operation), state, stuck: callsBefore(head, entry) }
      const last = steps.pop()
      if (!last) return { type: 'not linearizable', ...longest }
      putBack(last.call)
      done.clear(last.call.index)
      state = last.before
      entry = last.call.next
      continue
    }
    const after = model.step(state, entry.operation)
    if (after !== undefined && isNew(tried, done, entry.index, model.text(after))) {
      steps.push({ call: entry, before: state })
      done.set(entry.index)
      state = after
      lift(entry)
      entry = head.next
    } else entry = entry.next
  }
  // Only operations without an answer are left: they may as well never have happened.
  return { type: 'linearizable' }
}

function isNew(tried: Set<string>, done: Bits, index: number, state: string): boolean {
  const id = `${done.textWith(index)} ${state}`
  if (tried.has(id)) return false
  tried.add(id)
  return true
}

function entriesOf<O extends Interval>(operations: readonly O[]): Entry<O> {
  const entries: Entry<O>[] = []
  operations.forEach((operation, index) => {
    const links = { operation, index, answer: undefined, previous: undefined, next: undefined }
    const call: Entry<O> = { ...links, isCall: true, time: operation.invoked }
    entries.push(call)
    if (operation.returned === Number.POSITIVE_INFINITY) return
    call.answer = { ...links, isCall: false, time: operation.returned }
    entries.push(call.answer)
  })
  // At one and the same moment, calls come first: then the two count as concurrent.
  entries.sort((a, b) => a.time - b.time || Number(b.isCall) - Number(a.isCall))
  const head = { next: entries[0] } as Entry<O>
  entries.forEach((entry, i) => {
    entry.previous = entries[i - 1] ?? head
    entry.next = entries[i + 1]
  })
  return head
}

function lift<O>(call: Entry<O>): void {
  for (const entry of call.answer ? [call, call.answer] : [call]) {
    if (entry.previous) entry.previous.next = entry.next
    if (entry.next) entry.next.previous = entry.previous
  }
}

/** In the reverse order of {@link lift}, so that the neighbours that each entry remembers are there again. */
function putBack<O>(call: Entry<O>): void {
  for (const entry of call.answer ? [call.answer, call] : [call]) {
    if (entry.previous) entry.previous.next = entry
    if (entry.next) entry.next.previous = entry
  }
}

/** The operation whose answer this is first, then the others that had begun by then. */
function callsBefore<O>(head: Entry<O>, answer: Entry<O>): O[] {
  const others: O[] = []
  for (let entry = head.next; entry && entry !== answer; entry = entry.next)
    if (entry.index !== answer.index) others.push(entry.operation)
  return [answer.operation, ...others]
}

class Bits {
  readonly #words: Uint32Array

  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32))
  }

  set(index: number): void {
    this.#words[index >>> 5]! |= 1 << (index & 31)
  }

  clear(index: number): void {
    this.#words[index >>> 5]! &= ~(1 << (index & 31))
  }

  textWith(index: number): string {
    this.set(index)
    const text = this.#words.join(',')
    this.clear(index)
    return text
  }
}
