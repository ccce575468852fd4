import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'

/** Proxies on the way; of more, the last ones are kept: they are nearest, and what a client makes up stands first. */
const MAX_FORWARDED = 64

/**
 * Where a request came from, the farthest first: X-Forwarded-For, X-Real-Ip unless it is among these, and last, since it
 * cannot be made up, the address of the connection. What is no address is passed over.
 */
export function sourceIPs({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string[] {
  const forwarded = headers['x-forwarded-for']
  const ips = forwarded === undefined ? [] : forwardedIPs(String(forwarded))
  const real = headers['x-real-ip']
  if (real !== undefined) {
    const ip = canonicalIP(Array.isArray(real) ? (real[0] ?? '') : real)
    if (ip !== undefined && !ips.includes(ip)) ips.push(ip)
  }
  const remote = remoteIP(socket.remoteAddress)
  if (remote !== undefined && ips.at(-1) !== remote) ips.push(remote)
  return ips
}

function forwardedIPs(header: string): string[] {
  return header
    .split(',')
    .slice(-MAX_FORWARDED)
    .map((part) => canonicalIP(part.trim()))
    .filter((ip) => ip !== undefined)
}

/** The address as Node tells it, which is canonical but for IPv4 on a socket of both families, and zones. */
function remoteIP(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  if (!address.includes(':')) return address
  const zone = address.indexOf('%')
  return canonicalIP(zone < 0 ? address : address.slice(0, zone))
}

/** An address in its one canonical form, IPv4 within IPv6 as IPv4; undefined for anything else. */
export function canonicalIP(text: string): string | undefined {
  if (!text.includes(':')) return canonicalIPv4(text)
  if (!isIPv6(text) || text.includes('%')) return undefined
  const ip = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(ip)
  if (!mapped) return ip
  const high = Number.parseInt(mapped[1]!, 16)
  const low = Number.parseInt(mapped[2]!, 16)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** Four decimal numbers; zeros in front are passed over, as Kubernetes still does. */
function canonicalIPv4(text: string): string | undefined {
  if (text.length > 64) return undefined
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]+$/.test(part) && Number(part) <= 255)) return undefined
  return parts.map(Number).join('.')
}
