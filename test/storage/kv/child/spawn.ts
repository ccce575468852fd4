import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The arguments for node that run `store.ts` with these. */
export const storeArguments = (...args: string[]): string[] => [
  '--import',
  new URL('./typescript.mjs', import.meta.url).href,
  file('./store.ts'),
  ...args,
]

/** A running `store.ts`, and what it says. */
export class StoreProcess {
  readonly process: ChildProcess
  readonly lines: string[] = []
  readonly exited: Promise<unknown>
  #wake = () => {}

  constructor(...args: string[]) {
    this.process = spawn(process.execPath, storeArguments(...args), { stdio: ['ignore', 'pipe', 'inherit'] })
    this.exited = once(this.process, 'close').finally(() => this.#wake())
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      this.lines.push(line)
      this.#wake()
    })
  }

  /** Waits until `condition` holds of its lines; fails when it ends first. */
  async until(condition: (lines: readonly string[]) => boolean): Promise<void> {
    while (!condition(this.lines)) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) throw new Error('the process ended early')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
  }
}
