/** Paths of fields, what is wrong with them, and the words for it that clients know. */
export * from './error.js'
export * from './error-list.js'
export * from './path.js'
