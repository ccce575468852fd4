/** YAML as Kubernetes reads and writes it. */
export { decodeYAML } from './decode.js'
export { duplicateKeys } from './duplicate-keys.js'
export { encodeYAML } from './encode.js'
export { YAMLError } from './yaml-error.js'
