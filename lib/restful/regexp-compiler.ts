import type { CharSet } from './char-set.js'
import type { Assertion, RegexpNode } from './regexp-syntax.js'

/** Instructions an expression may have: bounds its memory and the time a character of input costs. */
const MAX_INSTRUCTIONS = 4096

/** A step of a compiled expression; those without a target go on to the next. */
export type Instruction =
  | { readonly op: 'set'; readonly set: CharSet }
  /** Two ways on; the first is tried first. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  /** Notes the position: slot 2n where group n begins, 2n+1 where it ends. */
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'match' }

/** A compiled expression. */
export interface CompiledRegexp {
  readonly code: readonly Instruction[]
  /** How many groups capture. */
  readonly groups: number
}

/** @throws SyntaxError when the expression becomes too large. */
export function compileRegexp(node: RegexpNode): CompiledRegexp {
  const compiler = new RegexpCompiler()
  compiler.compile(node)
  compiler.emit({ op: 'match' })
  return { code: compiler.code, groups: compiler.groups }
}

class RegexpCompiler {
  readonly code: Instruction[] = []
  groups = 0
  #steps = 0

  emit(instruction: Instruction): number {
    return this.code.push(instruction) - 1
  }

  compile(node: RegexpNode): void {
    // Steps are counted too: repetitions of nothing emit nothing.
    if (++this.#steps > MAX_INSTRUCTIONS * 2 || this.code.length >= MAX_INSTRUCTIONS) {
      throw new SyntaxError('the expression is too large')
    }
    switch (node.kind) {
      case 'set':
        this.emit({ op: 'set', set: node.set })
        break
      case 'assert':
        this.emit({ op: 'assert', assertion: node.assertion })
        break
      case 'sequence':
        for (const each of node.nodes) this.compile(each)
        break
      case 'choice':
        this.#choice(node.nodes)
        break
      case 'group':
        this.#group(node.node)
        break
      case 'repeat':
        this.#repeat(node)
    }
  }

  #group(node: RegexpNode): void {
    const group = ++this.groups
    this.emit({ op: 'save', slot: group * 2 })
    this.compile(node)
    this.emit({ op: 'save', slot: group * 2 + 1 })
  }

  #choice(nodes: readonly RegexpNode[]): void {
    const jumps: Extract<Instruction, { op: 'jump' }>[] = []
    for (const each of nodes.slice(0, -1)) {
      const split = this.#split()
      this.compile(each)
      const jump = { op: 'jump' as const, to: 0 }
      this.emit(jump)
      jumps.push(jump)
      split.second = this.code.length
    }
    this.compile(nodes.at(-1)!)
    for (const jump of jumps) jump.to = this.code.length
  }

  #repeat({ node, min, max, greedy }: RegexpNode & { kind: 'repeat' }): void {
    const outer = this.groups
    // Every copy of the body captures into the same groups.
    const once = () => {
      this.groups = outer
      this.compile(node)
    }
    for (let i = 0; i < min; i++) once()
    const skip = greedy ? 'second' : 'first'
    if (max === Number.POSITIVE_INFINITY) {
      const start = this.code.length
      const split = this.#split()
      once()
      this.emit({ op: 'jump', to: start })
      split[skip] = this.code.length
      return
    }
    const splits: Extract<Instruction, { op: 'split' }>[] = []
    for (let i = min; i < max; i++) {
      splits.push(this.#split())
      once()
    }
    for (const split of splits) split[skip] = this.code.length
    // A body that never runs still counts its groups.
    if (max === 0) this.groups = outer + countGroups(node)
  }

  /** Goes on to the next instruction both ways, until one is set. */
  #split(): Extract<Instruction, { op: 'split' }> {
    const next = this.code.length + 1
    const split = { op: 'split' as const, first: next, second: next }
    this.emit(split)
    return split
  }
}

function countGroups(node: RegexpNode): number {
  if (node.kind === 'group') return 1 + countGroups(node.node)
  if (node.kind === 'repeat') return countGroups(node.node)
  if (node.kind !== 'sequence' && node.kind !== 'choice') return 0
  return node.nodes.reduce((sum, each) => sum + countGroups(each), 0)
}
