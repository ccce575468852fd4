import { fileURLToPath } from 'node:url'
import { ChildProgram } from '../../../support/child-program.js'

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The arguments for node that run `store.ts` with these. */
export const storeArguments = (...args: string[]): string[] => [
  '--import',
  new URL('./typescript.mjs', import.meta.url).href,
  file('./store.ts'),
  ...args,
]

/** A running `store.ts`. */
export class StoreProcess extends ChildProgram {
  constructor(...args: string[]) {
    super(storeArguments(...args))
  }
}
