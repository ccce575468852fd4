import type { CharSet } from './char-set.js'

/** Where a position has to be for a zero-width assertion to hold. */
export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word' | 'not-word'

/** A parsed pattern. Groups are gone: only whether a text matches is asked, never what. */
export type Syntax =
  | { readonly op: 'empty' }
  | { readonly op: 'chars'; readonly set: CharSet }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'concat'; readonly parts: readonly Syntax[] }
  | { readonly op: 'alternate'; readonly choices: readonly Syntax[] }
  | { readonly op: 'repeat'; readonly part: Syntax; readonly min: number; readonly max: number }

/** A pattern that is no RE2 expression, or too large a one. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}
