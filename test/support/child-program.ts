import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program of node in a process of its own, and the lines that it says. */
export class ChildProgram {
  readonly process: ChildProcess
  readonly lines: string[] = []
  readonly exited: Promise<Ended>
  #wake = () => {}

  /** @param args as node takes them */
  constructor(args: readonly string[]) {
    this.process = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.exited = once(this.process, 'close').then(([code, signal]) => {
      this.#wake()
      return { code, signal }
    })
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

  /** Waits for a line; fails when the process ends first. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    let said: RegExpExecArray | null = null
    let next = 0
    await this.until((lines) => {
      while (!said && next < lines.length) said = pattern.exec(lines[next++]!)
      return said !== null
    })
    return said!
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
  }
}

/** All that a process says, as it comes. */
export function outputOf(child: ChildProcess): { readonly stdout: string; readonly stderr: string } {
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  return output
}
