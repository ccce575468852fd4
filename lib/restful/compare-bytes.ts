/** Orders two strings by their UTF-8 bytes, as the reference orders template texts: negative when `a` comes first. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
