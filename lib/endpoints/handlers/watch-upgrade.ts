import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** A connection whose client asked for a websocket, as the server's `upgrade` event hands it over. */
export interface UpgradeOffer {
  readonly socket: Duplex
  /** What the client sent behind its request. */
  readonly head: Buffer
  /** The subprotocol to agree on, undefined when the client offered none. */
  readonly protocol: string | undefined
}

const offers = new WeakMap<IncomingMessage, UpgradeOffer>()

/** Lets the watch that `request` asks for take the connection over. */
export function offerUpgrade(request: IncomingMessage, offer: UpgradeOffer): void {
  offers.set(request, offer)
}

export const upgradeOffered = (request: IncomingMessage): UpgradeOffer | undefined => offers.get(request)

/** Whether the client wants a websocket (RFC 6455 4.2.1). */
export function isWebSocketRequest({ headers }: IncomingMessage): boolean {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return false
  return (headers.connection ?? '').split(',').some((token) => token.trim().toLowerCase() === 'upgrade')
}
