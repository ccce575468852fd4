import { FieldManager } from '../../../lib/endpoints/fieldmanager/index.js'
import type { KubeObject } from '../../../lib/meta/types.js'
import { deepCopy } from '../../../lib/runtime/json/index.js'
import { type KindVersion, kindVersion } from '../../../lib/runtime/kind.js'
import { compileSchema, type JSONSchema } from '../../../lib/runtime/schema/index.js'
import { Scheme } from '../../../lib/runtime/scheme.js'
import type { Steps } from '../../../lib/runtime/steps.js'

const text: JSONSchema = { type: 'string' }
const number: JSONSchema = { type: 'integer' }

/** A kind with every way to take a value apart: structs, maps, sets, lists by keys, atomic lists and maps, free form. */
export const crewSpec: JSONSchema = {
  type: 'object',
  properties: {
    captain: text,
    size: number,
    home: {
      type: 'object',
      properties: { harbour: text, berth: number, pier: { type: 'object', properties: { name: text } } },
    },
    tags: { type: 'object', additionalProperties: text },
    watches: {
      type: 'object',
      additionalProperties: { type: 'object', properties: { from: number, to: number } },
    },
    skills: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    route: { type: 'array', items: text },
    members: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: text,
          rank: text,
          ports: { type: 'array', items: number, 'x-kubernetes-list-type': 'set' },
        },
      },
    },
    lines: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: {
        type: 'object',
        required: ['port'],
        properties: { port: number, protocol: { type: 'string', default: 'TCP' }, label: text },
      },
    },
    flag: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { colour: text, shape: text } },
    notes: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
}

const crewSchema = (spec: JSONSchema): JSONSchema => ({
  type: 'object',
  properties: { spec, status: { type: 'object', properties: { ready: number } } },
})

const group = 'sea.example.com'
const kindOf = (version: string, spec: JSONSchema, conversion: Partial<KindVersion> = {}): KindVersion =>
  kindVersion({ gvk: { group, version, kind: 'Crew' }, schema: compileSchema(crewSchema(spec)), ...conversion })

/** v1 is what is stored; v2 calls the captain a skipper. */
export const v1 = kindOf('v1', crewSpec)
const { captain, ...v2Properties } = crewSpec.properties ?? {}
export const v2 = kindOf(
  'v2',
  { ...crewSpec, properties: { ...v2Properties, skipper: captain! } },
  {
    toInternal: (object) => renamed(object, 'skipper', 'captain'),
    fromInternal: (object) => renamed(object, 'captain', 'skipper'),
  },
)

function renamed(object: KubeObject, from: string, to: string): KubeObject {
  const spec = object.spec as Record<string, unknown> | undefined
  if (spec?.[from] === undefined) return object
  const { [from]: value, ...rest } = spec
  return { ...object, spec: { ...rest, [to]: value } }
}

export const scheme = new Scheme().addKnownKind(v1).addKnownKind(v2)

/** A clock that a test turns; seconds from the start. */
export class Clock {
  seconds = 0
  readonly now = (): string =>
    `2020-01-01T00:${String(Math.floor(this.seconds / 60)).padStart(2, '0')}:${String(this.seconds % 60).padStart(2, '0')}Z`
}

export const crew = (spec: unknown, metadata: object = {}): KubeObject => ({
  apiVersion: v1.apiVersion,
  kind: 'Crew',
  metadata: { name: 'a', ...metadata },
  ...(spec === undefined ? {} : { spec }),
})

/** An object and its managers, written to as handlers do; conflicts are thrown. */
export class TrackedCrew {
  object: KubeObject | undefined
  readonly clock = new Clock()

  apply(manager: string, config: KubeObject, force = false, kind = v1): this {
    const admit = function* (object: KubeObject): Steps<KubeObject> {
      yield
      return kind.toInternal(object)
    }
    const object = this.manager(kind).apply(this.object, deepCopy(config), { manager, force, admit })
    return this.#store(object)
  }

  update(
    manager: string,
    change: (object: KubeObject) => void,
    kind = v1,
    subresource = '',
    storage: object = {},
  ): this {
    const object = deepCopy(this.object ?? crew(undefined))
    change(object)
    this.manager(kind, subresource, storage).update(this.object, object, manager)
    return this.#store(object)
  }

  manager(kind = v1, subresource = '', storage: object = {}): FieldManager {
    return new FieldManager({ kind, scheme, subresource }, storage, this.clock.now)
  }

  #store(object: KubeObject): this {
    object.metadata.uid = 'uid'
    this.object = object
    return this
  }

  get spec(): Record<string, unknown> {
    return (this.object?.spec ?? {}) as Record<string, unknown>
  }

  /** `manager/operation` and what it owns, in the order in which it is stored. */
  get owners(): Record<string, unknown> {
    const entries = this.object?.metadata.managedFields ?? []
    return Object.fromEntries(entries.map(({ manager, operation, fieldsV1 }) => [`${manager}/${operation}`, fieldsV1]))
  }
}
