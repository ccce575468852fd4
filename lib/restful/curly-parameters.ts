import { removeCustomVerb } from './custom-verb.js'
import type { PathParameters } from './path-parameters.js'
import { MAX_SCANNED_TOKENS, type PathScan } from './path-scan.js'

/** Where the value of a parameter stands in a path. */
export interface CurlyParameter {
  readonly name: string
  /** The token's index. */
  readonly index: number
  /** Whether the value is this token and all behind it. */
  readonly rest: boolean
  /** Whether a custom verb is cut from the token first. */
  readonly verb: boolean
  /** Bytes cut at the front and at the end, whatever they are (`{name}.json` cuts five). */
  readonly prefix: number
  readonly suffix: number
}

/** The parameters of a template, in its order. Everything behind a wildcard belongs to the wildcard. */
export function curlyParameters(tokens: readonly string[], hasVerb: boolean): CurlyParameter[] {
  const parameters: CurlyParameter[] = []
  for (const [index, text] of tokens.entries()) {
    const bare = hasVerb ? removeCustomVerb(text) : text
    const open = bare.indexOf('{')
    if (open === -1) continue
    const verb = bare !== text
    const colon = bare.indexOf(':')
    if (colon !== -1) {
      const rest = bare.slice(colon + 1, -1) === '*'
      parameters.push({ name: bare.slice(1, colon), index, rest, verb, prefix: 0, suffix: 0 })
      if (rest) break
      continue
    }
    const close = bare.indexOf('}')
    const prefix = Buffer.byteLength(bare.slice(0, open))
    const suffix = Buffer.byteLength(bare.slice(close + 1))
    parameters.push({ name: bare.slice(open + 1, close), index, rest: false, verb, prefix, suffix })
  }
  return parameters
}

/** Whether a path is long enough for what its template cuts. */
export function fitsAffixes(tokens: readonly string[], parameters: readonly CurlyParameter[]): boolean {
  for (const { index, prefix, suffix } of parameters) {
    if (prefix + suffix > 0 && Buffer.byteLength(tokens[index] ?? '') < prefix + suffix) return false
  }
  return true
}

/** Reads parameters from a path when they are asked for. */
export class CurlyPathParameters implements PathParameters {
  readonly #path: string
  readonly #trimRightSlash: boolean
  readonly #parameters: readonly CurlyParameter[]
  /** Where the token of the first parameter stands: most templates have no other. */
  readonly #start: number
  readonly #end: number

  /** @param scan is read now; another path may be in it later. */
  constructor(scan: PathScan, trimRightSlash: boolean, parameters: readonly CurlyParameter[]) {
    this.#path = scan.path
    this.#trimRightSlash = trimRightSlash
    this.#parameters = parameters
    const { index } = parameters[0]!
    this.#start = scan.starts[index] ?? 0
    this.#end = index < MAX_SCANNED_TOKENS && index < scan.count ? scan.ends[index]! : -1
  }

  get(name: string): string | undefined {
    // The last of a name wins, as in the map of all.
    for (let i = this.#parameters.length - 1; i >= 0; i--) {
      const parameter = this.#parameters[i]!
      if (parameter.name === name) return this.#value(parameter)
    }
    return undefined
  }

  all(): Map<string, string> {
    return new Map(this.#parameters.map((parameter) => [parameter.name, this.#value(parameter)]))
  }

  #value(parameter: CurlyParameter): string {
    const { index, rest, verb, prefix, suffix } = parameter
    const known = this.#end !== -1 && !rest && parameter === this.#parameters[0]
    const token = known
      ? this.#path.slice(this.#start, this.#end)
      : tokenAt(this.#path, index, rest, this.#trimRightSlash)
    if (rest) return token
    const value = verb ? removeCustomVerb(token) : token
    return prefix + suffix === 0 ? value : cutBytes(value, prefix, suffix)
  }
}

const SLASH = 47

// A token of the path as tokenizePath cuts it, or that and all behind it; `''` when there is none.
function tokenAt(path: string, index: number, rest: boolean, trimRightSlash: boolean): string {
  let start = 0
  let end = path.length
  while (start < end && path.charCodeAt(start) === SLASH) start++
  if (trimRightSlash) while (end > start && path.charCodeAt(end - 1) === SLASH) end--
  for (let i = 0; i < index; i++) {
    const slash = path.indexOf('/', start)
    if (slash === -1 || slash >= end) return ''
    start = slash + 1
  }
  if (rest) return path.slice(start, end)
  const next = path.indexOf('/', start)
  return path.slice(start, next === -1 || next > end ? end : next)
}

function cutBytes(value: string, prefix: number, suffix: number): string {
  const bytes = Buffer.from(value)
  return bytes.toString('utf8', prefix, bytes.length - suffix)
}
