import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** One connection and what is known of it. */
interface Connection {
  readonly socket: Socket
  /** When it came, by `performance.now()`. */
  readonly since: number
  session: Http2Session | undefined
  /** HTTP/2 streams that are open. */
  streams: number
  /** The last answer of an HTTP/1.1 connection. */
  response: ServerResponse | undefined
  /** A websocket, which lasts as long as it likes. */
  upgraded: boolean
}

/** How many connections are looked at to find a silent one. */
const MAX_LOOKS = 256
/** What is younger and has asked nothing yet most likely does: its request is on its way, or waits to be read. */
const NEW_MS = 1_000

/**
 * Knows all connections of a server, and which are silent. Where there are too many, silent ones make room: whoever only
 * holds connections open keeps nobody out.
 */
export class Connections {
  /** By remote address and port: TLS makes a socket of its own of each connection, which has these in common with it. */
  readonly #byAddress = new Map<string, Connection>()
  readonly #bySocket = new Map<object, Connection>()
  readonly #bySession = new WeakMap<Http2Session, Connection>()
  /** Those that never asked anything, the oldest first. */
  readonly #unused = new Set<Connection>()
  readonly #used = new Set<Connection>()

  /** @param max 0 = any number */
  constructor(private readonly max: number) {}

  get size(): number {
    return this.#byAddress.size
  }

  /** Takes a new connection in, unless there is no room and none can be made. */
  add(socket: Socket): void {
    if (this.max > 0 && this.size >= this.max && !this.#evict()) {
      socket.destroy()
      return
    }
    const address = addressOf(socket)
    if (address === undefined) return
    const since = performance.now()
    const connection: Connection = {
      socket,
      since,
      session: undefined,
      streams: 0,
      response: undefined,
      upgraded: false,
    }
    this.#byAddress.set(address, connection)
    this.#bySocket.set(socket, connection)
    this.#unused.add(connection)
    socket.once('close', () => {
      this.#byAddress.delete(address)
      this.#bySocket.delete(socket)
      this.#forget(connection)
    })
  }

  /** The socket that TLS has made of a connection. */
  secured(socket: Socket): void {
    const connection = this.#byAddress.get(addressOf(socket) ?? '')
    if (!connection) return
    this.#bySocket.set(socket, connection)
    socket.once('close', () => this.#bySocket.delete(socket))
  }

  /** The HTTP/2 session that a connection carries. */
  carries(session: Http2Session): void {
    const connection = this.#byAddress.get(addressOf(session.socket) ?? '')
    if (!connection) return
    this.#bySession.set(session, connection)
    connection.session = session
    session.on('stream', (stream) => {
      this.#uses(connection)
      connection.streams++
      stream.once('close', () => {
        connection.streams--
      })
    })
  }

  request({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(socket)
    if (!connection) return
    connection.response = response
    this.#uses(connection)
  }

  upgraded(socket: object): void {
    const connection = this.#bySocket.get(socket)
    if (!connection) return
    connection.upgraded = true
    this.#uses(connection)
  }

  /** Ends what is silent now, but for what has only just come; sessions say to their clients that they go. */
  closeIdle(): void {
    const old = performance.now() - NEW_MS
    for (const connection of this.#byAddress.values()) {
      if (connection.session && !connection.session.closed) connection.session.close()
      else if (!connection.session && isIdle(connection) && (connection.since < old || this.#used.has(connection)))
        connection.socket.destroy()
    }
  }

  /** Ends a session without streams, once its client has heard of it. */
  closeIfIdle(session: Http2Session): void {
    if (this.#bySession.get(session)?.streams === 0) session.close()
  }

  destroyAll(): void {
    for (const { socket } of this.#byAddress.values()) socket.destroy()
  }

  #uses(connection: Connection): void {
    if (this.#unused.delete(connection)) this.#used.add(connection)
  }

  #forget(connection: Connection): void {
    this.#unused.delete(connection)
    this.#used.delete(connection)
  }

  /** Whether room was made. */
  #evict(): boolean {
    for (const connection of this.#unused) return this.#end(connection)
    let looks = MAX_LOOKS
    for (const connection of this.#used) {
      if (isIdle(connection)) return this.#end(connection)
      // Whoever was busy is looked at last the next time.
      this.#used.delete(connection)
      this.#used.add(connection)
      if (--looks === 0) break
    }
    return false
  }

  #end(connection: Connection): true {
    this.#forget(connection)
    connection.socket.destroy()
    return true
  }
}

/** Undefined when the other end is gone already. */
const addressOf = ({ remoteAddress, remotePort }: Socket | TLSSocket): string | undefined =>
  remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort}`

function isIdle({ streams, response, upgraded }: Connection): boolean {
  return !upgraded && streams === 0 && (response === undefined || response.writableFinished || response.destroyed)
}
