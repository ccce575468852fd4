import { compareText } from '../../meta/compare-text.js'
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
const LONGEST_FIELDS_V1 = 'metadata.managedFields[999999999].fieldsV1'.length

/**
 * What strict decoding finds, in the order in which Kubernetes finds it: of a built-in type field by field, of others what
 * stands twice before what is unknown.
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
  if (isYAML) return { keys: repeatedKeys(body, duplicates), fields: unknownFields(kind, unknown, true) }
  if (duplicates.length === 0) return { keys: [], fields: unknownFields(kind, unknown, false) }
  const fields = kind.typed
    ? fieldProblems(body.toString(), new Set(unknown), isFieldsV1).map(
        ({ kind, path }) => `${kind} field ${quote(path)}`,
      )
    : [...duplicates.map((path) => `duplicate field ${quote(path)}`), ...unknownFields(kind, unknown, false)]
  return { keys: [], fields: fields.slice(0, MAX_STRICT_ERRORS) }
}

const isFieldsV1 = (path: string): boolean => path.length <= LONGEST_FIELDS_V1 && FIELDS_V1.test(path)

/** All of it as the one list that a refusal tells. */
export function strictErrorTexts({ keys, fields }: StrictErrors): readonly string[] {
  if (keys.length === 0) return fields
  return [`yaml: unmarshal errors:${keys.map((key) => `\n  ${key}`).join('')}`, ...fields]
}

/**
 * Tells unknown fields in the order in which Kubernetes comes by them: of custom resources those of the metadata first, and
 * all by their paths.
 *
 * @param paths in the order of the object
 * @param sorted whether the fields of the object were put in the order of their names, as those of YAML and of most patches
 */
export function unknownFields(kind: KindVersion, paths: readonly string[], sorted: boolean): string[] {
  const ordered = kind.typed && !sorted ? paths : [...paths].sort(kind.typed ? byField : byPath)
  return ordered.map((path) => `unknown field ${quote(path)}`)
}

/** By the names of fields, level by level: what separates levels comes before what names are made of. */
const byField = (a: string, b: string): number => compareText(levelled(a), levelled(b))

const levelled = (path: string): string => path.replaceAll('.', '\u0001').replaceAll('[', '\u0002')

const byPath = (a: string, b: string): number =>
  Number(b.startsWith('metadata.')) - Number(a.startsWith('metadata.')) || compareText(a, b)
