import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of this folder in a process of its own, and what it says. */
export class Child {
  readonly process: ChildProcess
  readonly lines: string[] = []
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  #wake = () => {}

  constructor(program: string, ...args: string[]) {
    const file = fileURLToPath(new URL(`./${program}`, import.meta.url))
    this.process = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.exited = once(this.process, 'close').then(([code, signal]) => {
      this.#wake()
      return { code, signal } as { code: number | null; signal: string | null }
    })
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      this.lines.push(line)
      this.#wake()
    })
  }

  /** Waits for a line; fails when the process ends first. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (let next = 0; ; ) {
      for (; next < this.lines.length; next++) {
        const match = pattern.exec(this.lines[next]!)
        if (match) return match
      }
      if (this.process.exitCode !== null || this.process.signalCode !== null) throw new Error('the process ended early')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
  }
}
