import type { GroupVersionKind, KubeObject } from '../meta/types.js'
import { groupVersionString } from '../meta/types.js'
import type { KindVersion } from './kind.js'

/** Every kind the server knows, in every version; converts between versions through the internal form. */
export class Scheme {
  readonly #kinds = new Map<string, KindVersion>()
  readonly #versions = new Map<string, KindVersion[]>()

  /** @throws Error when the same kind and version is added twice. */
  addKnownKind(kind: KindVersion): this {
    const key = kindKey(kind.gvk)
    if (this.#kinds.has(key)) throw new Error(`kind ${kind.gvk.kind} is already registered in ${kind.apiVersion}`)
    this.#kinds.set(key, kind)
    const groupKind = groupKindKey(kind.gvk)
    const versions = this.#versions.get(groupKind)
    if (versions) versions.push(kind)
    else this.#versions.set(groupKind, [kind])
    return this
  }

  kind(gvk: GroupVersionKind): KindVersion | undefined {
    return this.#kinds.get(kindKey(gvk))
  }

  /** Finds a kind by what an object says of itself. */
  kindOf(object: { readonly apiVersion?: unknown; readonly kind?: unknown }): KindVersion | undefined {
    if (typeof object.apiVersion !== 'string' || typeof object.kind !== 'string') return undefined
    return this.#kinds.get(`${object.apiVersion}#${object.kind}`)
  }

  versionsOf(gvk: GroupVersionKind): readonly KindVersion[] {
    return this.#versions.get(groupKindKey(gvk)) ?? []
  }

  /** Turns an object of one version into another of the same kind, through the internal form. */
  convert(object: KubeObject, from: KindVersion, to: KindVersion): KubeObject {
    return from === to ? object : to.fromInternal(from.toInternal(object))
  }
}

const kindKey = (gvk: GroupVersionKind): string => `${groupVersionString(gvk)}#${gvk.kind}`
const groupKindKey = (gvk: GroupVersionKind): string => `${gvk.group}#${gvk.kind}`
