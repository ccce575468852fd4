import type { GroupVersionKind, KubeObject } from '../meta/types.js'
import { groupVersionString } from '../meta/types.js'
import type { ProtobufMessage } from './protobuf/index.js'
import type { CompiledSchema } from './schema/index.js'

/** How one version of a kind looks on the wire, and how it becomes the form that strategies and storage see. */
export interface KindVersion {
  readonly gvk: GroupVersionKind
  /** `group/version`. */
  readonly apiVersion: string
  readonly listKind: string
  /** What every encoded object of this version begins with: `{"kind":"…","apiVersion":"…",`. */
  readonly prefix: Buffer
  /**
   * Whether objects behave as Kubernetes' built-in (Go) types do instead of as custom resources do: wrong types are
   * refused while decoding (400), empty optional fields are left out, items of a list carry no kind and apiVersion.
   */
  readonly typed: boolean
  readonly schema: CompiledSchema
  /** The kind's fields by number, if it can be written in protobuf. Answers are in JSON or YAML all the same. */
  readonly protobuf: ProtobufMessage | undefined
  /** Whether the internal form is another one than this version's. */
  readonly converts: boolean
  /** Fills in what this version's users may leave out. Changes `object`. */
  applyDefaults(object: KubeObject): void
  /** Returns the internal form; may take parts of `object`, must not change it. */
  toInternal(object: KubeObject): KubeObject
  /** Returns this version's form; may take parts of `object`, must not change it. */
  fromInternal(object: KubeObject): KubeObject
}

export interface KindVersionOptions {
  readonly gvk: GroupVersionKind
  readonly schema: CompiledSchema
  readonly listKind?: string
  readonly typed?: boolean
  readonly protobuf?: ProtobufMessage | undefined
  readonly applyDefaults?: (object: KubeObject) => void
  readonly toInternal?: (object: KubeObject) => KubeObject
  readonly fromInternal?: (object: KubeObject) => KubeObject
}

const identity = (object: KubeObject): KubeObject => object
const nothing = (): void => {}

/** Completes the description of one version of a kind; a kind with one version is its own internal form. */
export function kindVersion(options: KindVersionOptions): KindVersion {
  const { gvk } = options
  const apiVersion = groupVersionString(gvk)
  return {
    gvk,
    apiVersion,
    listKind: options.listKind ?? `${gvk.kind}List`,
    prefix: Buffer.from(`{"kind":${JSON.stringify(gvk.kind)},"apiVersion":${JSON.stringify(apiVersion)},`),
    typed: options.typed ?? false,
    schema: options.schema,
    protobuf: options.protobuf,
    converts: options.toInternal !== undefined,
    applyDefaults: options.applyDefaults ?? nothing,
    toInternal: options.toInternal ?? identity,
    fromInternal: options.fromInternal ?? identity,
  }
}
