import { isIP, type Socket, connect as tcpConnect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { decodeRevision, encodeCheck, encodeHeaders } from './check-message.js'
import { encodeFrame, Flag, type Frame, FrameReader, FrameType } from './http2-frames.js'
import type { EtcdSettings } from './options.js'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
/** SETTINGS_HEADER_TABLE_SIZE and SETTINGS_ENABLE_PUSH, both 0: no headers are read here and no pushes taken. */
const SETTINGS = Buffer.from([0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0])
const NOTHING = Buffer.alloc(0)

/** What either side may have sent without hearing that it was read (RFC 9113, section 6.9.2). */
const WINDOW_BYTES = 65_535
const LAST_STREAM = 2 ** 31 - 1
/** How long an answer, or the connecting, may take until the line is given up. */
const PATIENCE_MS = 1_000

/** Where a line goes. @internal */
export interface Address {
  /** `name:port` or `ip:port`, an IPv6 address in brackets. */
  readonly authority: string
  readonly hostname: string
  readonly port: number
  readonly secure: boolean
}

interface Ask {
  readonly sentAt: number
  readonly resolve: (revision: number) => void
  readonly reject: (error: Error) => void
}

/** The address of a configured host; undefined where gRPC knows more than we (schemes of its own, no port). @internal */
export function parseAddress(host: string, settings: EtcdSettings): Address | undefined {
  const authority = host.replace(/^https?:\/\//, '')
  const { hostname, port } = /^(?<hostname>\[[0-9a-f:.]+\]|[\w.-]+):(?<port>\d{1,5})$/i.exec(authority)?.groups ?? {}
  if (!hostname || !port || Number(port) > 65_535) return undefined
  const secure = host.startsWith('https://') || settings.credentials !== undefined
  return { authority, hostname: hostname.replace(/^\[|\]$/g, ''), port: Number(port), secure }
}

/**
 * A connection to a member that carries nothing but revision checks, the one call that every consistent read waits for:
 * here it costs a write and a read of a socket, a fraction of what it costs through the gRPC client. It understands success
 * alone. Whatever else comes fails the asks it concerns, to be asked again in the ordinary way, which knows what errors mean.
 * @internal
 */
export class CheckLine {
  private readonly asks = new Map<number, Ask>()
  private readonly socket: Socket
  private readonly call: Call
  private state: 'dialing' | 'open' | 'over' = 'dialing'
  private nextStream = 1
  private maySend = WINDOW_BYTES
  private received = 0
  private watchdog: NodeJS.Timeout | undefined

  constructor(address: Address, settings: EtcdSettings) {
    this.call = new Call(encodeHeaders(address.authority, address.secure), encodeCheck(settings.compactionKey))
    this.socket = dial(address, settings)
    const frames = new FrameReader((frame) => this.onFrame(frame))
    this.socket.once(address.secure ? 'secureConnect' : 'connect', () => this.greet())
    this.socket.on('data', (chunk: Buffer) => {
      try {
        frames.read(chunk)
      } catch (error) {
        this.end(error as Error)
      }
    })
    this.socket.on('error', (error) => this.end(error))
    this.socket.on('close', () => this.end(new Error('etcd: the connection was closed')))
    this.socket.unref()
    this.watch()
  }

  get over(): boolean {
    return this.state === 'over'
  }

  /** Whether a call would be sent at once. */
  get ready(): boolean {
    return this.state === 'open' && this.maySend >= this.call.dataBytes
  }

  /** The store's revision at some time after now. Rejects where it cannot be told; then nothing is known. */
  ask(): Promise<number> {
    if (this.over) return Promise.reject(new Error('etcd: the line is closed'))
    return new Promise((resolve, reject) => {
      const stream = this.nextStream
      this.nextStream += 2
      this.asks.set(stream, { sentAt: performance.now(), resolve, reject })
      if (this.asks.size === 1) this.socket.ref()
      this.maySend -= this.call.dataBytes
      this.socket.write(this.call.on(stream))
      this.watch()
      if (this.nextStream > LAST_STREAM) this.end(new Error('etcd: no streams are left'))
    })
  }

  close(): void {
    this.end(new Error('etcd: the store is closed'))
  }

  private greet(): void {
    const { alpnProtocol } = this.socket as { alpnProtocol?: string | false | null }
    if (alpnProtocol === false) {
      this.end(new Error('etcd: the member does not speak HTTP/2'))
    } else {
      this.state = 'open'
      this.socket.write(Buffer.concat([PREFACE, encodeFrame(FrameType.SETTINGS, 0, 0, SETTINGS)]))
    }
  }

  private onFrame({ type, flags, stream, payload }: Frame): void {
    if (type === FrameType.DATA) this.onData(stream, flags, payload)
    else if (type === FrameType.HEADERS && flags & Flag.END_STREAM) this.settle(stream, undefined)
    else if (type === FrameType.RST_STREAM) this.settle(stream, undefined)
    else if (type === FrameType.WINDOW_UPDATE && stream === 0) this.maySend += payload.readUInt32BE(0) & 0x7fff_ffff
    else if (type === FrameType.GOAWAY) this.end(new Error('etcd: the member goes away'))
    else if (type === FrameType.SETTINGS || type === FrameType.PING) this.acknowledge(type, flags, payload)
  }

  private onData(stream: number, flags: number, payload: Buffer): void {
    this.received += payload.length
    if (this.received > WINDOW_BYTES / 2) {
      const increment = Buffer.alloc(4)
      increment.writeUInt32BE(this.received)
      this.received = 0
      this.socket.write(encodeFrame(FrameType.WINDOW_UPDATE, 0, 0, increment))
    }
    this.settle(stream, flags & Flag.PADDED ? undefined : decodeRevision(payload))
  }

  private acknowledge(type: number, flags: number, payload: Buffer): void {
    if (flags & Flag.ACK) return
    this.socket.write(encodeFrame(type, Flag.ACK, 0, type === FrameType.PING ? payload : NOTHING))
  }

  private settle(stream: number, revision: number | undefined): void {
    const ask = this.asks.get(stream)
    if (!ask) return
    this.asks.delete(stream)
    if (this.asks.size === 0) this.socket.unref()
    if (revision === undefined) ask.reject(new Error('etcd: the check was refused'))
    else ask.resolve(revision)
  }

  /** One timer, which runs while somebody waits. */
  private watch(): void {
    this.watchdog ??= setTimeout(() => {
      this.watchdog = undefined
      const [oldest] = this.asks.values()
      const late = this.state === 'dialing' || (oldest && performance.now() - oldest.sentAt >= PATIENCE_MS)
      if (late) this.end(new Error('etcd: the member keeps silent'))
      else if (oldest) this.watch()
    }, PATIENCE_MS).unref()
  }

  private end(error: Error): void {
    if (this.state === 'over') return
    this.state = 'over'
    clearTimeout(this.watchdog)
    this.socket.destroy()
    const asks = [...this.asks.values()]
    this.asks.clear()
    for (const ask of asks) ask.reject(error)
  }
}

/** The frames of a call, which differ by the number of their stream only. */
class Call {
  readonly dataBytes: number
  private readonly frames: Buffer
  private readonly dataAt: number

  constructor(headers: Buffer, message: Buffer) {
    const first = encodeFrame(FrameType.HEADERS, Flag.END_HEADERS, 0, headers)
    this.frames = Buffer.concat([first, encodeFrame(FrameType.DATA, Flag.END_STREAM, 0, message)])
    this.dataAt = first.length
    this.dataBytes = message.length
  }

  on(stream: number): Buffer {
    const frames = Buffer.from(this.frames)
    frames.writeUInt32BE(stream, 5)
    frames.writeUInt32BE(stream, this.dataAt + 5)
    return frames
  }
}

function dial({ hostname: host, port, secure }: Address, { credentials }: EtcdSettings): Socket {
  if (!secure) return tcpConnect({ host, port, noDelay: true })
  const socket = tlsConnect({
    host,
    port,
    ALPNProtocols: ['h2'],
    ...(isIP(host) === 0 && { servername: host }),
    ...(credentials && { ca: credentials.rootCertificate, key: credentials.privateKey, cert: credentials.certChain }),
  })
  return socket.setNoDelay(true)
}
