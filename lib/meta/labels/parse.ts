import { FieldErrors } from '../field/index.js'
import { MAX_SELECTOR_LENGTH, MAX_SELECTOR_TERMS, selectorTooLong } from '../selector-limit.js'
import { lex, type Token, type TokenKind } from './lexer.js'
import { BINARY_OPERATORS, type LabelOperator, LabelRequirement, labelKeyErrors } from './requirement.js'
import { EVERYTHING, LabelSelector } from './selector.js'

const OPERATORS: ReadonlyMap<string, LabelOperator> = new Map([
  ['in', 'in'],
  ['notin', 'notin'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', 'gt'],
  ['<', 'lt'],
])

/**
 * Reads a label selector in its query form: `env=prod`, `tier in (a,b)`, `!legacy`, `replicas>3`, joined by commas.
 *
 * @throws Error in Kubernetes' words, e.g. `unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt`,
 * or when the text is longer than {@link MAX_SELECTOR_LENGTH}.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(text: string): LabelSelector {
  if (text.length > MAX_SELECTOR_LENGTH) throw selectorTooLong('label')
  const requirements = new Parser(lex(text)).parse()
  if (requirements.length > MAX_SELECTOR_TERMS) throw selectorTooLong('label')
  if (requirements.length === 0) return EVERYTHING
  return new LabelSelector(requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)))
}

class Parser {
  private position = 0

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = []
    if (this.peek() === 'end') return requirements
    if (!this.startsRequirement()) throw this.unexpected("!, identifier, or 'end of string'")
    for (;;) {
      requirements.push(this.checkedRequirement())
      if (this.peek() === 'end') return requirements
      if (this.peek() !== ',') throw this.unexpected("',' or 'end of string'")
      this.next()
      if (!this.startsRequirement()) throw this.unexpected("identifier after ','")
    }
  }

  private checkedRequirement(): LabelRequirement {
    try {
      return this.requirement()
    } catch (err) {
      if (err instanceof UnexpectedToken || err instanceof FieldErrors) {
        throw new Error(`unable to parse requirement: ${err.message}`)
      }
      throw err
    }
  }

  private requirement(): LabelRequirement {
    const negated = this.peek() === '!'
    if (negated) this.next()
    if (this.peek() !== 'identifier') throw this.unexpected('identifier')
    const key = this.next()
    const keyErrors = labelKeyErrors(key, undefined)
    if (keyErrors.length > 0) throw new FieldErrors(keyErrors)
    if (negated) return LabelRequirement.of(key, '!')
    if (this.peek() === 'end' || this.peek() === ',') return LabelRequirement.of(key, 'exists')
    const operator = OPERATORS.get(this.literal())
    if (operator === undefined) throw this.unexpected(BINARY_OPERATORS.join(', '))
    this.next()
    return LabelRequirement.of(key, operator, operator === 'in' || operator === 'notin' ? this.set() : [this.value()])
  }

  /** A single value; nothing at all is the empty value. */
  private value(): string {
    if (this.peek() === 'end' || this.peek() === ',') return ''
    if (this.peek() !== 'identifier') throw this.unexpected('identifier')
    return this.next()
  }

  private set(): Set<string> {
    if (this.peek() !== '(') throw this.unexpected("'('", '')
    this.next()
    const values = new Set<string>()
    if (this.peek() === ')') values.add('')
    else if (this.peek() === 'identifier' || this.peek() === ',') this.list(values)
    else throw this.unexpected("',', ')' or identifier")
    this.next()
    return values
  }

  /** Reads up to the closing parenthesis; a missing value between commas is the empty value. */
  private list(values: Set<string>): void {
    for (;;) {
      if (this.peek() === 'identifier') {
        values.add(this.next())
        if (this.peek() === ')') return
        if (this.peek() !== ',') throw this.unexpected("',' or ')'")
      } else if (this.peek() === ',') {
        if (values.size === 0) values.add('')
        this.next()
        if (this.peek() === ',' || this.peek() === ')') values.add('')
        if (this.peek() === ')') return
        if (this.peek() === ',') this.next()
      } else {
        throw this.unexpected("',', or identifier")
      }
    }
  }

  private peek(): TokenKind {
    return this.tokens[this.position]?.kind ?? 'end'
  }

  private literal(): string {
    return this.tokens[this.position]?.literal ?? ''
  }

  private next(): string {
    const literal = this.literal()
    this.position++
    return literal
  }

  private startsRequirement(): boolean {
    return this.peek() === 'identifier' || this.peek() === '!'
  }

  private unexpected(expected: string, separator = ','): UnexpectedToken {
    return new UnexpectedToken(`found '${this.literal()}'${separator} expected: ${expected}`)
  }
}

class UnexpectedToken extends Error {}
