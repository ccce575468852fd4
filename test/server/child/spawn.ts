import { fileURLToPath } from 'node:url'
import { ChildProgram } from '../../support/child-program.js'

/** A program of this folder in a process of its own. */
export class Child extends ChildProgram {
  constructor(program: string, ...args: string[]) {
    super([fileURLToPath(new URL(`./${program}`, import.meta.url)), ...args])
  }
}
