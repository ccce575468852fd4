// A child process that is asked things over its channel: each server and the load client is one.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export class Child {
  #process
  #waiting = new Map()
  #lastId = 0
  #stderr = ''

  /**
   * @param {string} file relative to bench/
   * @param {string[]} execArgv flags of node
   */
  constructor(file, args = [], execArgv = []) {
    const path = fileURLToPath(new URL(file, import.meta.url))
    this.#process = fork(path, args, {
      serialization: 'advanced',
      execArgv,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    })
    running.add(this.#process)
    this.#process.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-4000)
    })
    this.#process.on('message', ({ id, value, error }) => {
      const { resolve, reject } = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) resolve(value)
      else reject(new Error(error))
    })
    this.ended = new Promise((resolve) => this.#process.once('close', resolve))
    this.ended.then((code) => {
      running.delete(this.#process)
      for (const { reject } of this.#waiting.values())
        reject(new Error(`${file} ended (${code}): ${this.#stderr.trim()}`))
      this.#waiting.clear()
    })
  }

  get pid() {
    return this.#process.pid
  }

  /** Calls a function of the child. Rejects with the child's own error, or when it ends. */
  ask(name, args) {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#process.send({ id, name, args }, (err) => err && reject(err))
    })
  }

  /** Ends the child: it has 5 s to do so in good order. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill()
    const cut = setTimeout(() => this.#process.kill('SIGKILL'), 5_000)
    await this.ended
    clearTimeout(cut)
  }
}
