import type { Seen, Selection } from './history.js'

/** An object as the API shows it. */
export interface RegisterObject {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly resourceVersion: string
    readonly labels?: { readonly color?: string }
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: { readonly value?: string }
}

export interface ListObject {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly RegisterObject[]
}

export interface StatusObject {
  readonly code?: number
  readonly reason?: string
  readonly message?: string
}

const ROOT = '/apis/robustness.example.com/v1'

export const namespaces = ['a', 'b'] as const
export const colors = ['red', 'green', 'blue'] as const
export const keys: readonly string[] = namespaces.flatMap((namespace) =>
  Array.from({ length: 8 }, (_, i) => `${namespace}/k${i}`),
)

export function seenIn({ metadata, spec }: RegisterObject): Seen {
  const key = `${metadata.namespace}/${metadata.name}`
  return { key, rev: Number(metadata.resourceVersion), value: spec?.value ?? '', label: metadata.labels?.color ?? '' }
}

export function collectionPath(namespace: string | undefined): string {
  return namespace === undefined ? `${ROOT}/registers` : `${ROOT}/namespaces/${namespace}/registers`
}

export function objectPath(key: string): string {
  const [namespace, name] = key.split('/')
  return `${collectionPath(namespace)}/${name}`
}

/** The path and the query of a list or a watch. */
export function selectionPath({ namespace, label, name }: Selection, query: Record<string, string>): string {
  const all = new URLSearchParams(query)
  if (label !== undefined) all.set('labelSelector', `color=${label}`)
  if (name !== undefined) all.set('fieldSelector', `metadata.name=${name}`)
  return `${collectionPath(namespace)}?${all}`
}
