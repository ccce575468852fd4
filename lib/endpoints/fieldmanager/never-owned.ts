import { FieldSet } from './field-set.js'
import { fieldElement } from './path-element.js'

const METADATA = fieldElement('metadata')

/** Metadata that says which object it is, or that the server alone writes. */
const SYSTEM_FIELDS = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]

/** What no manager owns (KEP-555): every object has it, and nobody applies it. */
export const NEVER_OWNED = FieldSet.ofPaths(
  [fieldElement('apiVersion')],
  [fieldElement('kind')],
  [METADATA],
  ...SYSTEM_FIELDS.map((field) => [METADATA, fieldElement(field)]),
)
