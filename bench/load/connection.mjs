// One HTTP/1.1 connection with one request at a time, reading no more of an answer than is needed: its status and its
// length. Node's own client costs several times more than the servers that are to be measured.
import { connect } from 'node:net'
import { ChunkedBody } from './chunked-body.mjs'

const HEAD_END = '\r\n\r\n'
const READ_BYTES = 256 * 1024
/** Answers are consumed as they come, so that all connections can read into one buffer. */
const readBuffer = Buffer.allocUnsafe(READ_BYTES)

export class Connection {
  #socket
  #onAnswer
  /** A head that has not come to its end. */
  #head
  /** Bytes of the body still to come, -1 between answers. */
  #left = -1
  /** The body, when it comes in chunks. */
  #chunked
  #status = 0
  #length = 0
  #body

  /**
   * @param {number} port on 127.0.0.1
   * @param {(status: number, length: number, body: Buffer | undefined) => void} onAnswer
   * @param {(why: Error) => void} onBroken called when the connection ends other than by {@link end}
   */
  constructor(port, onAnswer, onBroken) {
    this.#onAnswer = onAnswer
    const onread = { buffer: readBuffer, callback: (size, buffer) => this.#read(buffer.subarray(0, size)) }
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread })
    this.#socket.on('error', onBroken)
    this.#socket.on('end', () => onBroken(new Error('the server closed the connection')))
  }

  /** @param {boolean} collect whether `onAnswer` wants the body */
  send(request, collect = false) {
    this.#body = collect ? [] : undefined
    this.#socket.write(request, 'latin1')
  }

  end() {
    this.#socket.removeAllListeners('end').removeAllListeners('error')
    this.#socket.on('error', () => {})
    this.#socket.destroy()
  }

  #read(bytes) {
    if (this.#left < 0 && !this.#chunked) {
      const all = this.#head ? Buffer.concat([this.#head, bytes]) : bytes
      const end = all.indexOf(HEAD_END)
      this.#head = end < 0 ? Buffer.from(all) : undefined
      if (end < 0) return
      this.#readHead(all.latin1Slice(0, end + 2))
      bytes = all.subarray(end + 4)
    }
    if (this.#chunked) return this.#readChunks(bytes)
    this.#left -= bytes.length
    this.#body?.push(Buffer.from(bytes))
    if (this.#left > 0) return
    if (this.#left < 0) return this.#socket.destroy(new Error('the server sent more than it announced'))
    this.#left = -1
    this.#answer()
  }

  #readChunks(bytes) {
    try {
      if (!this.#chunked.read(bytes)) return
    } catch (err) {
      this.#socket.destroy(err)
      return
    }
    this.#length = this.#chunked.length
    this.#chunked = undefined
    this.#answer()
  }

  #answer() {
    this.#onAnswer(this.#status, this.#length, this.#body && Buffer.concat(this.#body))
  }

  #readHead(head) {
    this.#status = Number(head.slice(9, 12))
    const length = contentLength(head)
    if (length >= 0) {
      this.#length = length
      this.#left = length
    } else if (/^transfer-encoding: chunked\r$/im.test(head)) {
      this.#chunked = new ChunkedBody((bytes) => this.#body?.push(Buffer.from(bytes)))
    } else this.#socket.destroy(new Error(`an answer whose end is unknown: ${head.slice(0, 300)}`))
  }
}

function contentLength(head) {
  let at = head.indexOf('Content-Length: ')
  if (at < 0) at = head.toLowerCase().indexOf('content-length: ')
  return at < 0 ? -1 : Number(head.slice(at + 16, head.indexOf('\r', at)))
}
