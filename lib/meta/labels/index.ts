/** Label selectors: their query form, and matching. */
export { parseLabelSelector } from './parse.js'
export { type LabelOperator, LabelRequirement, type Labels } from './requirement.js'
export { EVERYTHING, LabelSelector } from './selector.js'
