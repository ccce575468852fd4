/** Admission: plugins that may change or refuse a write after it was decoded and before it is stored. */
export type { Attributes, Operation } from './attributes.js'
export { AdmissionChain } from './chain.js'
export type { AdmissionPlugin } from './plugin.js'
