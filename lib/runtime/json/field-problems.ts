import { MAX_PATH_LENGTH, MAX_PROBLEMS } from './limits.js'

/** What is wrong with a field: that it stands twice, or that nobody knows it. */
export interface FieldProblem {
  readonly kind: 'duplicate' | 'unknown'
  /** `spec.items[0].a` */
  readonly path: string
}

/**
 * The unknown fields of a JSON text and those that stand twice, in the order in which a reader comes by them, each once, at
 * most 100. What lies in an unknown field is not looked at. Meant for the few texts with problems: a second pass, which
 * makes a path of every key.
 *
 * @param text well-formed JSON
 * @param unknown paths of the unknown fields
 * @param isOpaque whether nothing is known of the fields below a path
 * @see https://pkg.go.dev/sigs.k8s.io/json#UnmarshalStrict whose order it is
 * @example
 * ```ts
 * fieldProblems('{"b":1,"a":1,"a":2}', new Set(['b']))
 * // [{ kind: 'unknown', path: 'b' }, { kind: 'duplicate', path: 'a' }]
 * ```
 */
export function fieldProblems(
  text: string,
  unknown: ReadonlySet<string>,
  isOpaque: (path: string) => boolean = () => false,
): FieldProblem[] {
  return new KeyWalk(text, unknown, isOpaque).run()
}

class KeyWalk {
  readonly #text: string
  readonly #unknown: ReadonlySet<string>
  /** Asked before the set, which has to put a long path together from its parts for every key. */
  readonly #lengthsOfUnknown = new Set<number>()
  readonly #isOpaque: (path: string) => boolean
  readonly #problems = new Map<string, FieldProblem>()
  #at = 0

  constructor(text: string, unknown: ReadonlySet<string>, isOpaque: (path: string) => boolean) {
    this.#text = text
    this.#unknown = unknown
    for (const path of unknown) this.#lengthsOfUnknown.add(path.length)
    this.#isOpaque = isOpaque
  }

  run(): FieldProblem[] {
    this.#value('')
    return [...this.#problems.values()]
  }

  /** Steps over one value; where nobody asks what is in it, its path is undefined. */
  #value(path: string | undefined): void {
    const first = this.#next()
    if (first === '{') this.#object(path)
    else if (first === '[') this.#list(path)
    else if (first === '"') this.#string()
    else this.#at = endOfLiteral(this.#text, this.#at)
  }

  #object(path: string | undefined): void {
    const seen = new Set<string>()
    this.#at++
    while (this.#next() === '"') {
      const at = path === undefined ? undefined : this.#member(path, this.#key(), seen)
      if (path === undefined) this.#string()
      this.#next()
      this.#at++ // :
      this.#value(at)
      if (this.#next() === ',') this.#at++
    }
    this.#at++
  }

  /** Notes what is wrong with a member. @returns its path, if it is to be looked into */
  #member(parent: string, key: string, seen: Set<string>): string | undefined {
    const path = parent === '' ? key : `${parent}.${key}`
    if (path.length > MAX_PATH_LENGTH) return undefined
    if (this.#lengthsOfUnknown.has(path.length) && this.#unknown.has(path)) {
      this.#note('unknown', path)
      return undefined
    }
    const { size } = seen
    if (seen.add(key).size === size) this.#note('duplicate', path)
    return this.#isOpaque(path) ? undefined : path
  }

  #list(path: string | undefined): void {
    this.#at++
    for (let index = 0; this.#next() !== ']'; index++) {
      this.#value(path === undefined ? undefined : `${path}[${index}]`)
      if (this.#next() === ',') this.#at++
    }
    this.#at++
  }

  #note(kind: FieldProblem['kind'], path: string): void {
    const name = `${kind} ${path}`
    if (this.#problems.size < MAX_PROBLEMS && !this.#problems.has(name)) this.#problems.set(name, { kind, path })
  }

  #key(): string {
    const start = this.#at
    this.#string()
    const literal = this.#text.slice(start, this.#at)
    return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1)
  }

  #string(): void {
    let at = this.#at + 1
    while (this.#text[at] !== '"') {
      if (at >= this.#text.length) throw new SyntaxError('a string does not end')
      at += this.#text[at] === '\\' ? 2 : 1
    }
    this.#at = at + 1
  }

  /** The first character of what comes next. */
  #next(): string {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++
    const char = this.#text[this.#at]
    if (char === undefined) throw new SyntaxError('the text does not end')
    return char
  }
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

function endOfLiteral(text: string, start: number): number {
  let at = start
  while (at < text.length && !',]}'.includes(text[at] as string) && !isSpace(text.charCodeAt(at))) at++
  return at
}
