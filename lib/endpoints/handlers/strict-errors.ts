import { quote } from '../../meta/go/index.js'
import { fieldProblems } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import type { DecodedBody } from '../negotiation/serializers.js'
import { repeatedKeys } from './repeated-keys.js'

/** What strict decoding has against a body. */
export interface StrictErrors {
  /** Keys of a YAML text that stand twice: `line 5: key "a" already set in map`. */
  readonly keys: readonly string[]
  /** `unknown field "spec.x"`, `duplicate field "spec.y"` */
  readonly fields: readonly string[]
}

const MAX_STRICT_ERRORS = 100

/** What the owned fields of a manager are in is nobody's type. */
const FIELDS_V1 = /^metadata\.managedFields\[\d{1,9}\]\.fieldsV1$/

/**
 * What strict decoding finds, in the order in which Kubernetes finds it: of a built-in type field by field, of others what
 * stands twice before what is unknown. YAML is made JSON first, whose fields come in the order of their names.
 *
 * @param unknown paths of unknown fields
 */
export function strictErrors(
  kind: KindVersion,
  body: Buffer,
  { duplicates }: Pick<DecodedBody, 'duplicates'>,
  unknown: readonly string[],
  isYAML: boolean,
): StrictErrors {
  if (isYAML) return { keys: repeatedKeys(body, duplicates), fields: unknownFields([...unknown].sort(byField)) }
  if (duplicates.length === 0) return { keys: [], fields: unknownFields(unknown) }
  const fields = kind.typed
    ? fieldProblems(body.toString(), new Set(unknown), (path) => FIELDS_V1.test(path)).map(
        ({ kind, path }) => `${kind} field ${quote(path)}`,
      )
    : [...duplicates.map((path) => `duplicate field ${quote(path)}`), ...unknownFields(unknown)]
  return { keys: [], fields: fields.slice(0, MAX_STRICT_ERRORS) }
}

/** All of it as the one list that a refusal tells. */
export function strictErrorTexts({ keys, fields }: StrictErrors): readonly string[] {
  if (keys.length === 0) return fields
  return [`yaml: unmarshal errors:${keys.map((key) => `\n  ${key}`).join('')}`, ...fields]
}

export const unknownFields = (paths: readonly string[]): string[] => paths.map((path) => `unknown field ${quote(path)}`)

/** By the names of fields, level by level: what separates levels comes before what names are made of. */
function byField(a: string, b: string): number {
  const [left, right] = [a, b].map((path) => path.replaceAll('.', '\u0001').replaceAll('[', '\u0002')) as [
    string,
    string,
  ]
  return left < right ? -1 : left > right ? 1 : 0
}
