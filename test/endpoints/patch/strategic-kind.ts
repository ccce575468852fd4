import { MergeHints } from '../../../lib/endpoints/patch/merge-hints.js'
import { applyStrategicMergePatch } from '../../../lib/endpoints/patch/strategic-merge-patch.js'
import { compileSchema, type JSONSchema } from '../../../lib/runtime/schema/index.js'

type JSONObject = Record<string, unknown>

const text: JSONSchema = { type: 'string' }
const list = (items: JSONSchema, hints: Partial<JSONSchema> = {}): JSONSchema => ({ type: 'array', items, ...hints })
const MERGE = { 'x-kubernetes-patch-strategy': 'merge' } as const

const item: JSONSchema = {
  type: 'object',
  properties: {
    name: text,
    image: text,
    args: list(text),
    env: list(
      { type: 'object', properties: { name: text, value: text } },
      { ...MERGE, 'x-kubernetes-patch-merge-key': 'name' },
    ),
  },
}

const schema = compileSchema({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        containers: list(item, { ...MERGE, 'x-kubernetes-patch-merge-key': 'name' }),
        ports: list(
          { type: 'object', properties: { port: { type: 'integer', default: 0 } } },
          {
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['port'],
            'x-kubernetes-patch-strategy': 'merge,retainKeys',
          },
        ),
        sets: list(text, MERGE),
        declared: list(text, { 'x-kubernetes-list-type': 'set' }),
        atomic: list(item),
        keyless: list(item, MERGE),
        matrix: list(list(text), MERGE),
        whole: { type: 'object', additionalProperties: text, 'x-kubernetes-patch-strategy': 'replace' },
        strategy: { type: 'object', properties: { type: text, rolling: { type: 'object' } } },
        labels: { type: 'object', additionalProperties: text },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
})

/** The hints of the kind's `spec`. */
export const hints = MergeHints.of(schema).member('spec')
/** The patched `spec`. */
export const merged = (target: JSONObject, patch: JSONObject): JSONObject =>
  applyStrategicMergePatch(structuredClone(target), patch, hints)

/** Containers by letters, for tests of their order. */
export const named = (letters: string): JSONObject[] => [...letters].map((name) => ({ name }))
/** The names of the containers that a patch left. */
export const lettersOf = (result: JSONObject): string =>
  (result.containers as { name: string }[]).map(({ name }) => name).join('')
