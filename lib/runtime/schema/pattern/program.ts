import type { CharSet } from './char-set.js'
import { type Assertion, PatternError, type Syntax } from './syntax.js'

/** One step of a nondeterministic automaton; numbers are indices of steps. */
export type Step =
  | { readonly op: 'match' }
  | { readonly op: 'chars'; readonly set: CharSet; readonly next: number }
  | { readonly op: 'assert'; readonly assertion: Assertion; readonly next: number }
  | { readonly op: 'split'; readonly next: readonly number[] }

export interface Program {
  readonly steps: readonly Step[]
  readonly start: number
}

const MAX_STEPS = 5_000

/** Builds the automaton back to front: every part is told where to go on. */
export function assemble(syntax: Syntax): Program {
  const assembler = new Assembler()
  const start = assembler.emit(syntax, assembler.step({ op: 'match' }))
  return { steps: assembler.steps, start }
}

class Assembler {
  readonly steps: Step[] = []

  step(step: Step): number {
    if (this.steps.length === MAX_STEPS) throw new PatternError('expression too large')
    return this.steps.push(step) - 1
  }

  emit(syntax: Syntax, next: number): number {
    switch (syntax.op) {
      case 'empty':
        return next
      case 'chars':
        return this.step({ op: 'chars', set: syntax.set, next })
      case 'assert':
        return this.step({ op: 'assert', assertion: syntax.assertion, next })
      case 'concat':
        return syntax.parts.reduceRight((behind, part) => this.emit(part, behind), next)
      case 'alternate':
        return this.step({ op: 'split', next: syntax.choices.map((choice) => this.emit(choice, next)) })
      case 'repeat':
        return this.#repeat(syntax.part, syntax.min, syntax.max, next)
    }
  }

  #repeat(part: Syntax, min: number, max: number, next: number): number {
    let entry = max === Number.POSITIVE_INFINITY ? this.#loop(part, next) : next
    for (let count = min; count < max && max !== Number.POSITIVE_INFINITY; count++) {
      entry = this.step({ op: 'split', next: [this.emit(part, entry), next] })
    }
    for (let count = 0; count < min; count++) entry = this.emit(part, entry)
    return entry
  }

  #loop(part: Syntax, next: number): number {
    const targets = [next]
    const loop = this.step({ op: 'split', next: targets })
    targets.push(this.emit(part, loop))
    return loop
  }
}
