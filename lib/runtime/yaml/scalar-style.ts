import { resolveScalar } from './resolve-scalar.js'

const BASE_60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?$)/

/** What the emitter can show as it is: line feeds apart, printable ASCII and the basic plane's printable rest. */
const UNPRINTABLE = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/
const LEADING_INDICATOR = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?:\s|$)|---|\.\.\.)/
const INNER_INDICATOR = /:(?:\s|$)|\s#/

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\0', '\\0'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\x1b', '\\e'],
  ['\x85', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
])

/** A string as it stands in one line: plain where that is safe, else in single or double quotes. */
export function inlineString(text: string): string {
  if (!staysString(text) || !isPrintable(text)) return doubleQuoted(text)
  if (/^\s|\s$/.test(text) || LEADING_INDICATOR.test(text) || INNER_INDICATOR.test(text)) {
    return text.includes('\n') ? doubleQuoted(text) : `'${text.replaceAll("'", "''")}'`
  }
  return text.includes('\n') ? doubleQuoted(text) : text
}

/** Whether a string with line feeds can be shown line by line under a `|`. */
export function canBeBlock(text: string): boolean {
  return text.includes('\n') && isPrintable(text) && !/ \n| $/.test(text)
}

/** The head of a block scalar: an indentation hint if the text itself begins with space, and what happens at its end. */
export function blockHeader(text: string): string {
  const hint = /^[ \n]/.test(text) ? '2' : ''
  if (!text.endsWith('\n')) return `|${hint}-`
  return text === '\n' || text.endsWith('\n\n') ? `|${hint}+` : `|${hint}`
}

/** A number as Go prints it: like JSON, but with an exponent already below 1e-4 and of two digits at least. */
export function numberText(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential().replace(/e-(\d)$/, 'e-0$1')
  return Object.is(value, -0) ? '0' : String(value)
}

function staysString(text: string): boolean {
  return resolveScalar(text) === text && text !== '<<' && !BASE_60.test(text) && !TIMESTAMP.test(text)
}

function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text) && !text.includes('\u2028') && !text.includes('\u2029')
}

function doubleQuoted(text: string): string {
  let quoted = ''
  for (const char of text) quoted += ESCAPES.get(char) ?? (isPrintable(char) ? char : hexEscape(char))
  return `"${quoted}"`
}

function hexEscape(char: string): string {
  const code = char.codePointAt(0) as number
  const digits = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
