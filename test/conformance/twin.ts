import {
  type AdmissionPlugin,
  type ApiServer,
  apiserver,
  defineResource,
  type FieldError,
  type Informer,
  type KubeObject,
  type ResourceDefinition,
  type ResourceOptions,
  type RevisionedKV,
  type VersionOptions,
} from 'express-apiserver'
import { banFlunder } from '../../examples/sample-apiserver/ban-flunder.js'
import { type Fischer, fischers } from '../../examples/sample-apiserver/fischer.js'
import { flunders } from '../../examples/sample-apiserver/flunder.js'
import { renameJSON, renameText } from './names.js'

/** What the sample's own code may see of a twin's object: the sample's fields and words. */
class Disguise {
  readonly #original = new Map<string, string>()

  /** @param words all field names and enumerated values of the sample's kinds */
  constructor(words: readonly string[]) {
    for (const word of words) this.#original.set(renameText(word), word)
  }

  on<T extends KubeObject>(object: KubeObject): T {
    return this.#map(object, (word) => this.#original.get(word) ?? word) as T
  }

  off(object: KubeObject): KubeObject {
    const words = new Set(this.#original.values())
    return this.#map(object, (word) => (words.has(word) ? renameText(word) : word))
  }

  offValue(value: unknown): unknown {
    return typeof value === 'string' && [...this.#original.values()].includes(value) ? renameText(value) : value
  }

  /** Metadata is the API's, not the kind's. */
  #map({ metadata, ...fields }: KubeObject, word: (text: string) => string): KubeObject {
    return { ...(mapWords(fields, word) as object), metadata }
  }
}

function mapWords(value: unknown, word: (text: string) => string): unknown {
  if (typeof value === 'string') return word(value)
  if (Array.isArray(value)) return value.map((item) => mapWords(item, word))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [word(key), mapWords(member, word)]))
}

const disguise = new Disguise([
  'reference',
  'referenceType',
  'flunderReference',
  'fischerReference',
  'disallowedFlunders',
  'Flunder',
  'Fischer',
])

/** A definition with other names, whose code is the sample's own behind a disguise. */
export function renamed({ options }: ResourceDefinition): ResourceDefinition {
  const { versions = [], validate, ...rest } = options
  const { group, kind, plural } = rest
  return defineResource({
    ...(rest as ResourceOptions),
    group: renameText(group),
    kind: renameText(kind),
    plural: renameText(plural),
    versions: versions.map(renamedVersion),
    ...(validate ? { validate: (object: KubeObject) => validate(disguise.on(object))?.map(renamedError) } : {}),
  } as ResourceOptions)
}

function renamedVersion(version: VersionOptions): VersionOptions {
  const { schema, definitionName, toInternal, fromInternal } = version
  const fill = version.default
  return {
    ...version,
    ...(schema ? { schema: renameJSON(schema) as NonNullable<VersionOptions['schema']> } : {}),
    ...(definitionName ? { definitionName: renameText(definitionName) } : {}),
    ...(fill ? { default: (object: KubeObject) => fillDisguised(fill, object) } : {}),
    ...(toInternal ? { toInternal: (object: KubeObject) => disguise.off(toInternal(disguise.on(object))) } : {}),
    ...(fromInternal ? { fromInternal: (object: KubeObject) => disguise.off(fromInternal(disguise.on(object))) } : {}),
  }
}

/** Defaults change the object itself. */
function fillDisguised(fill: (object: KubeObject) => void, object: KubeObject): void {
  const copy = disguise.on<KubeObject>(object)
  fill(copy)
  Object.assign(object, disguise.off(copy))
}

const renamedError = (error: FieldError): FieldError => ({
  ...error,
  field: renameText(error.field),
  badValue: disguise.offValue(error.badValue),
  detail: renameText(error.detail),
})

/** The sample's plugin, which sees its own kinds; what it refuses is named as it is. */
function renamedPlugin(known: () => Informer): AdmissionPlugin {
  const plugin = banFlunder(() => {
    const informer = known()
    const list = () => Array.from(informer.list(), (object) => disguise.on<Fischer>(object))
    return { synced: () => informer.synced(), list } as unknown as Informer<Fischer>
  })
  return {
    ...plugin,
    admit: (ctx, attributes) => {
      const { kind, object } = attributes
      const original = kind.kind === renameText('Flunder') ? 'Flunder' : 'Fischer'
      return plugin.admit?.(ctx, {
        ...attributes,
        kind: { ...kind, kind: original },
        object: object && disguise.on(object),
      })
    },
  }
}

/** The API of the sample with group, kinds, plurals, fields and enumerated values renamed. */
export function createTwin({ storage, prefix = '/registry' }: { storage: RevisionedKV; prefix?: string }): ApiServer {
  let known: Informer | undefined
  const api = apiserver({
    resources: [renamed(flunders), renamed(fischers)],
    storage,
    prefix,
    admission: [renamedPlugin(() => (known ??= api.informer(renameText('fischers.wardle.example.com'))))],
    openapi: { title: renameText('Wardle'), version: '0.1' },
    index: true,
    health: true,
    metrics: true,
    notFound: true,
  })
  return api
}
