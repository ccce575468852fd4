import type { KindVersion } from './kind.js'
import { locateMember } from './locate.js'

const METADATA = Buffer.from('"metadata":{')
const CLOSE_BRACE = 0x7d

/** Offset behind the `{` of metadata in what `encodeForStorage` wrote. */
export const metadataStartOf = (kind: KindVersion): number => kind.prefix.length + METADATA.length

/** Whether the bytes begin as `encodeForStorage` writes this version, so that it is known where to splice them. */
export const isStoredAs = (value: Buffer, { prefix }: KindVersion): boolean =>
  startsWith(value, prefix) && startsWith(value, METADATA, prefix.length)

/** What stands in front of the other members of metadata once an object has its resourceVersion. */
const memberOf = (resourceVersion: string, empty: boolean): string =>
  `"resourceVersion":"${resourceVersion}"${empty ? '' : ','}`

/** Puts `"resourceVersion":"N",` behind the `{` of metadata. */
export function spliceResourceVersion(
  bytes: Buffer,
  at: number,
  resourceVersion: string,
  empty = bytes[at] === CLOSE_BRACE,
  allocate: (size: number) => Buffer = Buffer.allocUnsafe,
): Buffer {
  if (resourceVersion === '') return bytes
  const member = memberOf(resourceVersion, empty)
  const out = allocate(bytes.length + member.length)
  bytes.copy(out, 0, 0, at)
  out.write(member, at, 'latin1')
  bytes.copy(out, at + member.length, at)
  return out
}

/** Takes out again what {@link spliceResourceVersion} has put in. */
export function cutResourceVersion(spliced: Buffer, at: number, resourceVersion: string): Buffer {
  const whole = memberOf(resourceVersion, true).length
  const empty = spliced[at + whole] === CLOSE_BRACE
  return Buffer.concat([spliced.subarray(0, at), spliced.subarray(at + whole + (empty ? 0 : 1))])
}

/** The labels of an object whose metadata begins at `metadataStart`, without a look at anything behind them. */
export function labelsAt(bytes: Buffer, metadataStart: number): Record<string, string> | undefined {
  const found = locateMember(bytes, metadataStart, 'labels')
  return found && (JSON.parse(bytes.toString('utf8', found.start, found.end)) as Record<string, string>)
}

export function startsWith(bytes: Buffer, prefix: Buffer, at = 0): boolean {
  return bytes.length >= at + prefix.length && bytes.compare(prefix, 0, prefix.length, at, at + prefix.length) === 0
}
