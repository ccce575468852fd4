// One watch on a connection of its own. Counts events by their beginning; parses nothing.
import { connect } from 'node:net'
import { request } from './requests.mjs'

const MARK = Buffer.from('"type":"')
const READ_BYTES = 256 * 1024
const readBuffer = Buffer.allocUnsafe(READ_BYTES)

export class Watcher {
  #socket
  #onEvent
  #tail = Buffer.alloc(0)
  #begun = false

  /**
   * @param {(bytes: Buffer, at: number) => void} onEvent called with the bytes at hand and where an event begins
   * @param {(why: Error) => void} onBroken
   */
  constructor(port, path, onEvent, onBroken) {
    this.#onEvent = onEvent
    this.begun = new Promise((resolve, reject) => {
      const onread = {
        buffer: readBuffer,
        callback: (size, buffer) => this.#read(buffer.subarray(0, size), resolve, reject),
      }
      this.#socket = connect({ port, host: '127.0.0.1', onread })
    })
    this.#socket.on('error', onBroken)
    this.#socket.on('end', () => onBroken(new Error('a watch was ended')))
    this.#socket.write(request('GET', path))
  }

  end() {
    this.#socket.removeAllListeners('end').removeAllListeners('error')
    this.#socket.on('error', () => {})
    this.#socket.destroy()
  }

  #read(bytes, resolve, reject) {
    if (!this.#begun) {
      const status = bytes.latin1Slice(9, 12)
      if (status !== '200') return reject(new Error(`a watch was answered ${status}`))
      this.#begun = true
      resolve()
    }
    // A mark may stand across two reads, which are then looked at together.
    const seam = Buffer.concat([this.#tail, bytes.subarray(0, MARK.length - 1)])
    const all = seam.includes(MARK) ? Buffer.concat([this.#tail, bytes]) : bytes
    for (let at = all.indexOf(MARK); at >= 0; at = all.indexOf(MARK, at + MARK.length)) this.#onEvent(all, at)
    this.#tail = tailOf(seam, bytes)
  }
}

/** The last bytes that do not make a mark by themselves. */
function tailOf(seam, bytes) {
  const last = bytes.length < MARK.length - 1 ? seam : bytes
  return Buffer.from(last.subarray(Math.max(0, last.length - MARK.length + 1)))
}
