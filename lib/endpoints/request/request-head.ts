import type { IncomingMessage } from 'node:http'

/** What a request says before its body. */
export interface RequestHead extends Pick<IncomingMessage, 'headers' | 'httpVersionMajor'> {
  readonly method: string
  /** As it was sent, or as a host app has it below the mount point. */
  readonly url: string
}

/**
 * Reads it once, for all who look at it: Express gives requests and responses another prototype, from which on V8 makes a
 * hidden class for each of them alone, and finds none of their properties the fast way any more.
 */
export function requestHead({ method = '', url = '', headers, httpVersionMajor }: IncomingMessage): RequestHead {
  return { method, url, headers, httpVersionMajor }
}
