import type { ServerHttp2Stream } from 'node:http2'
import type { FilterFunction } from './filter.js'

/** What there is to say of a request once its answer is out, or its client gone. */
export interface AccessLogEntry {
  /** When it came. */
  readonly time: Date
  readonly remoteAddress: string
  readonly method: string
  /** As the client sent it. */
  readonly url: string
  /** `HTTP/1.1` */
  readonly protocol: string
  /** Method and template of the route; `''` when none was found. */
  readonly route: string
  /** HTTP status code. */
  readonly status: number
  /** Bytes of the body before compression; what was written past the Response is not counted. */
  readonly bytes: number
  readonly milliseconds: number
  /** Whether the answer went out as a whole. */
  readonly complete: boolean
}

/**
 * Tells of each request when its answer is out. What the function throws is not the client's business and is left to
 * the process.
 *
 * @example
 * container.filter(accessLog((entry) => console.log(commonLogLine(entry))))
 */
export function accessLog<C = unknown>(log: (entry: AccessLogEntry) => void): FilterFunction<C> {
  return (req, res, chain) => {
    const time = new Date()
    const start = performance.now()
    const raw = res.raw()
    raw.once('close', () => {
      const { method = '', url = '', httpVersion, socket } = req.request
      log({
        time,
        remoteAddress: socket?.remoteAddress ?? '',
        method,
        url: originalUrl(req.request) ?? url,
        protocol: `HTTP/${httpVersion}`,
        route: req.route === undefined ? '' : `${req.route.method} ${req.route.path}`,
        status: raw.statusCode,
        bytes: res.contentLength(),
        milliseconds: performance.now() - start,
        complete: raw.writableFinished && !(raw as { stream?: ServerHttp2Stream }).stream?.aborted,
      })
    })
    return chain.processFilter(req, res)
  }
}

/**
 * An entry in NCSA's common log format, one line whatever the client sent.
 *
 * @example commonLogLine(entry) // 127.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /users/1 HTTP/1.1" 200 23
 */
export function commonLogLine(entry: AccessLogEntry): string {
  const request = [entry.method, entry.url, entry.protocol].join(' ')
  return `${entry.remoteAddress || '-'} - - [${commonLogTime(entry.time)}] "${printable(request)}" ${entry.status} ${entry.bytes}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function commonLogTime(time: Date): string {
  const [date = '', clock = ''] = time.toISOString().split('T')
  const [year, month, day] = date.split('-')
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock.slice(0, 8)} +0000`
}

// Quotes and everything that is not plain ASCII, so that no client writes lines of its own.
function printable(text: string): string {
  return text.replace(/["\\]|[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// Express takes the path it is mounted at off the URL.
function originalUrl(message: object): string | undefined {
  const { originalUrl } = message as { originalUrl?: unknown }
  return typeof originalUrl === 'string' ? originalUrl : undefined
}
