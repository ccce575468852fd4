import { defineResource, type FieldError, field, fieldPath, type KubeObject } from 'express-apiserver'

const NAMES = 'io.k8s.sample-apiserver.pkg.apis.wardle'
const GROUP = 'wardle.example.com'

type ReferenceType = 'Flunder' | 'Fischer'

/** A flunder as validation, admission and storage see it, whatever version a client speaks. */
export interface Flunder extends KubeObject {
  spec: { flunderReference?: string; fischerReference?: string; referenceType?: string }
}

interface V1alpha1Spec {
  reference?: string
  referenceType?: string
}

const isReferenceType = (text: string | undefined): text is ReferenceType => text === 'Flunder' || text === 'Fischer'

/** Values that say something; the others are left out, as Go's `omitempty` does. */
function present<T extends Record<string, string | undefined>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value)) as Partial<T>
}

const v1alpha1Spec = (object: KubeObject): V1alpha1Spec => (object.spec ?? {}) as V1alpha1Spec

/** v1alpha1 has one reference whose type says what it is; a type that does not exist takes the reference with it. */
function toInternal(object: KubeObject): Flunder {
  const { reference = '', referenceType } = v1alpha1Spec(object)
  if (!isReferenceType(referenceType)) return { ...object, spec: {} }
  const name = referenceType === 'Flunder' ? 'flunderReference' : 'fischerReference'
  return { ...object, spec: present({ [name]: reference, referenceType }) }
}

function toV1alpha1(object: KubeObject): KubeObject {
  const { flunderReference, fischerReference, referenceType } = (object as Flunder).spec
  if (!isReferenceType(referenceType)) return { ...object, spec: {} }
  return {
    ...object,
    spec: present({ reference: referenceType === 'Flunder' ? flunderReference : fischerReference, referenceType }),
  }
}

/** A reference without a type is one to a flunder. */
function defaultV1alpha1(object: KubeObject): void {
  const spec = v1alpha1Spec(object)
  if (spec.reference && !spec.referenceType) spec.referenceType = 'Flunder'
}

/** What a flunder may refer to: one thing, and of the type it says. */
function validate({ spec }: Flunder): FieldError[] {
  const { flunderReference = '', fischerReference = '', referenceType = '' } = spec
  const at = (name: string) => fieldPath('spec', name)
  const errors: FieldError[] = []
  if (flunderReference && fischerReference) {
    errors.push(
      field.invalid(at('fischerReference'), fischerReference, 'cannot be set with flunderReference at the same time'),
    )
  } else if (flunderReference && referenceType !== 'Flunder') {
    errors.push(
      field.invalid(at('flunderReference'), flunderReference, 'cannot be set if referenceType is not Flunder'),
    )
  } else if (fischerReference && referenceType !== 'Fischer') {
    errors.push(
      field.invalid(at('fischerReference'), fischerReference, 'cannot be set if referenceType is not Fischer'),
    )
  } else if (!fischerReference && referenceType === 'Fischer') {
    errors.push(field.invalid(at('fischerReference'), fischerReference, 'cannot be empty if referenceType is Fischer'))
  } else if (!flunderReference && referenceType === 'Flunder') {
    errors.push(field.invalid(at('flunderReference'), flunderReference, 'cannot be empty if referenceType is Flunder'))
  }
  if (referenceType && !isReferenceType(referenceType))
    errors.push(field.invalid(at('referenceType'), referenceType, 'must be Flunder or Fischer'))
  return errors
}

const text = (description: string) => ({ type: 'string', description }) as const
const status = { type: 'object', default: {} } as const

/** Flunders: namespaced, in two versions that convert both ways, stored in v1alpha1. */
export const flunders = defineResource<Flunder>({
  group: GROUP,
  kind: 'Flunder',
  plural: 'flunders',
  scope: 'Namespaced',
  typed: true,
  generation: false,
  validateName: 'path-segment',
  validate,
  versions: [
    {
      name: 'v1alpha1',
      storage: true,
      definitionName: `${NAMES}.v1alpha1.Flunder`,
      deprecated: { since: '1.3', unavailableIn: '1.10' },
      schema: {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            default: {},
            properties: {
              reference: text('A name of another flunder or fischer, depending on the reference type.'),
              referenceType: text('The reference type, defaults to "Flunder" if reference is set.'),
            },
          },
          status,
        },
      },
      default: defaultV1alpha1,
      toInternal,
      fromInternal: toV1alpha1,
    },
    {
      name: 'v1beta1',
      definitionName: `${NAMES}.v1beta1.Flunder`,
      schema: {
        type: 'object',
        properties: {
          spec: {
            description: 'FlunderSpec is the specification of a Flunder.',
            type: 'object',
            default: {},
            properties: {
              flunderReference: text('A name of another flunder, mutually exclusive to the FischerReference.'),
              fischerReference: text('A name of a fischer, mutually exclusive to the FlunderReference.'),
              referenceType: text('The reference type.'),
            },
          },
          status,
        },
      },
    },
  ],
})
