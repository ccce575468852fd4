import { defineRestResource, type RestResource } from '../endpoints/index.js'
import type { Context } from '../meta/context.js'
import { invalid } from '../meta/errors.js'
import * as field from '../meta/field/index.js'
import { type FieldErrorList, fieldPath } from '../meta/field/index.js'
import type { KubeObject, ObjectMeta } from '../meta/types.js'
import type { JSONSchema, ProtobufMessage } from '../runtime/index.js'

/** A kind whose objects are questions: creating one gives back the answer, and nothing is kept. */
export interface ReviewOptions {
  readonly group: string
  readonly kind: string
  readonly path: string
  readonly namespaced?: boolean
  readonly definitionName: string
  readonly schema: JSONSchema
  readonly definitions: Readonly<Record<string, JSONSchema>>
  /** kubectl asks these questions in protobuf. */
  readonly protobuf: ProtobufMessage
  /** What is wrong with a question. */
  readonly validate?: (review: KubeObject) => FieldErrorList
  /** The whole answer; `metadata` may be left to {@link reviewMetadata}. Not asked before admission has agreed. */
  readonly answer: (ctx: Context, review: KubeObject) => Promise<KubeObject> | KubeObject
}

/** Serves a kind of questions in version v1, as types compiled into Kubernetes behave. */
export function review(options: ReviewOptions): RestResource {
  const { group, kind, path, definitionName, schema, definitions, protobuf, namespaced = false } = options
  return defineRestResource({
    group,
    version: 'v1',
    kind,
    path,
    definitionName,
    schema,
    definitions,
    typed: true,
    protobuf,
    storage: ({ answer }) => ({
      kind,
      namespaceScoped: () => namespaced,
      singularName: () => kind.toLowerCase(),
      async create(ctx, object, validate) {
        const errors = options.validate?.(object) ?? []
        // Kubernetes names no kind here, for the internal form has none.
        if (errors.length > 0) throw invalid({ group, kind: '' }, '', errors)
        await validate(ctx, object)
        return answer(await options.answer(ctx, object))
      },
    }),
  })
}

/** What an answer says of itself: nothing was created, as Go's zero time shows. */
export function reviewMetadata({ managedFields, ...metadata }: ObjectMeta = {}): ObjectMeta {
  // The wire type of a time that is none; no other object has one.
  const creationTimestamp = null as unknown as string
  return { ...metadata, creationTimestamp, ...(managedFields ? { managedFields } : {}) }
}

/** A question has no metadata of its own. What the server itself put there does not count. */
export function validateEmptyMetadata({ metadata }: KubeObject, exceptNamespace = false): FieldErrorList {
  const { managedFields: _, namespace, ...rest } = metadata
  const foreign = exceptNamespace || namespace === undefined ? rest : { ...rest, namespace }
  if (Object.values(foreign).every((value) => value === undefined || value === null)) return []
  return [
    field.invalid(fieldPath('metadata'), foreign, `must be empty${exceptNamespace ? ' except for namespace' : ''}`),
  ]
}
