// As much of HTTP/2's framing (RFC 9113, section 4) as a connection needs that carries one kind of small call only.

const HEADER_BYTES = 9
/** The longest frame that may come, as we announce no other limit (SETTINGS_MAX_FRAME_SIZE). */
const MAX_FRAME_BYTES = 16_384

/** @internal */
export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
} as const

/** @internal */
export const Flag = { ACK: 1, END_STREAM: 1, END_HEADERS: 4, PADDED: 8 } as const

/** A frame as it came; `payload` is part of what was read. @internal */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** @internal */
export function encodeFrame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length)
  frame.writeUIntBE(payload.length, 0, 3)
  frame[3] = type
  frame[4] = flags
  frame.writeUInt32BE(stream, 5)
  payload.copy(frame, HEADER_BYTES)
  return frame
}

/** Cuts what is read from a connection into frames. @internal */
export class FrameReader {
  private rest: Buffer | undefined

  constructor(private readonly onFrame: (frame: Frame) => void) {}

  /** @throws RangeError for a frame longer than was agreed */
  read(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk
    let at = 0
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUIntBE(at, 3)
      if (length > MAX_FRAME_BYTES) throw new RangeError(`etcd: a frame of ${length} bytes`)
      const start = at + HEADER_BYTES
      if (bytes.length - start < length) break
      const stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff
      this.onFrame({
        type: bytes[at + 3]!,
        flags: bytes[at + 4]!,
        stream,
        payload: bytes.subarray(start, start + length),
      })
      at = start + length
    }
    this.rest = at < bytes.length ? bytes.subarray(at) : undefined
  }
}
