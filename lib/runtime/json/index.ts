/** JSON as an API server needs it: checked in one pass, decoded without loss, encoded, laid out for people. */
export { type DecodeResult, decodeJSON } from './decode.js'
export { deepCopy } from './deep-copy.js'
export { deepEqual } from './deep-equal.js'
export { encodeJSON, stringifyJSON } from './encode.js'
export { type FieldProblem, fieldProblems } from './field-problems.js'
export { DepthError, MAX_DEPTH, MAX_PROBLEMS } from './limits.js'
export { listLength } from './list-length.js'
export {
  DEFAULT_MEMBER_LIMITS,
  excessMembers,
  MAX_MEMBERS,
  MAX_NAMES,
  type MemberLimits,
  MembersError,
  memberCount,
} from './members.js'
export { nestsDeeperThan } from './nesting.js'
export { isJSONObject, ownProperty, setOwnProperty } from './own-property.js'
export { JSONSyntaxError, parseLossless } from './parse.js'
export { prettyJSON } from './pretty.js'
export { scanJSON } from './scan.js'
