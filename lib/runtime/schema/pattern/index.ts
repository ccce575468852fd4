/** RE2 patterns, matched in linear time: what `pattern` means in a Kubernetes schema. */
export { PatternMatcher, WorkBudget } from './matcher.js'
export { PatternError } from './syntax.js'
