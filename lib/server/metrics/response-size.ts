import type { ServerResponse } from 'node:http'

type Write = (this: ServerResponse, ...args: unknown[]) => unknown

/** Tells every piece that is written to a response's body from now on. */
export function onBodyBytes(response: ServerResponse, told: (chunk: string | Uint8Array) => void): void {
  const methods = response as unknown as Record<'write' | 'end', Write>
  const { write, end } = methods
  // HTTP/2's `end` writes its piece by `write`.
  let ending = false
  methods.write = function (...args) {
    if (!ending) tell(args[0], told)
    return write.apply(this, args)
  }
  methods.end = function (...args) {
    ending = true
    tell(args[0], told)
    return end.apply(this, args)
  }
}

function tell(chunk: unknown, told: (chunk: string | Uint8Array) => void): void {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) told(chunk)
}

export const byteLength = (chunk: string | Uint8Array): number =>
  typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
