/** Whether a web page of `origin` may open a websocket to `host`; a client without an Origin is no browser. */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  others: readonly string[],
): boolean {
  if (origin === undefined || others.includes('*') || others.includes(origin)) return true
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === hostOf(origin, host)
}

/** The Host header without the default port of the page's scheme, which origins never name. */
function hostOf(origin: string, host: string): string | undefined {
  const url = `${new URL(origin).protocol}//${host}`
  return URL.canParse(url) ? new URL(url).host : undefined
}
