/** YAML as Kubernetes reads and writes it. */
export { type DecodeYAMLOptions, decodeYAML, MAX_YAML_BYTES, MAX_YAML_DEPTH } from './decode.js'
export { duplicateKeys } from './duplicate-keys.js'
export { encodeYAML } from './encode.js'
export { YAMLError } from './yaml-error.js'
