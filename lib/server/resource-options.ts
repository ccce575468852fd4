import type { Deprecation } from '../endpoints/index.js'
import type { FieldError } from '../meta/field/index.js'
import type { KubeObject } from '../meta/types.js'
import type { NameValidator } from '../meta/validation/index.js'
import type { AnyStorage, PrinterColumn, RegistryStore } from '../registry/index.js'
import type { InferOutput, JSONSchema, StandardSchema } from '../runtime/schema/index.js'

/** One version of a kind, and the way between it and the internal form that validation, admission and storage see. */
export interface VersionOptions {
  /** `v1`, `v1beta2` … */
  readonly name: string
  /** OpenAPI v3 structural schema or a zod object. Without one, objects of this version are taken as they are. */
  readonly schema?: JSONSchema | StandardSchema
  /** Whether objects are stored in this version; exactly one version is. Default: the first one. */
  readonly storage?: boolean
  /**
   * Fills in what the schema's own defaults can't; changes the object. Asked of the version of the request, and of the stored
   * one, unless that has a `toInternal`: to be asked twice must make no difference.
   */
  readonly default?: (object: KubeObject) => void
  /**
   * To the internal form. The object fits this version's schema, unless the kind is `typed` (then its types do, and no
   * more). Must not change the object, and should lose nothing that {@link fromInternal} can't bring back. Default: as it is.
   */
  readonly toInternal?: (object: KubeObject) => KubeObject
  /** From the internal form. Must not change the given object. Default: as it is. */
  readonly fromInternal?: (object: KubeObject) => KubeObject
  /** Every answer of this version carries a Warning. */
  readonly deprecated?: Deprecation
  /**
   * Name of the kind in OpenAPI, e.g. `io.k8s.sample-apiserver.pkg.apis.wardle.v1alpha1.Flunder`; `spec` and `status`
   * become definitions of their own then (`…FlunderSpec`), as Go types do.
   */
  readonly definitionName?: string
}

/** A rule for names by its word, or a function. */
export type NameRule = 'dns-subdomain' | 'dns-label' | 'path-segment' | NameValidator

interface CommonOptions<T extends KubeObject> {
  /** API group, e.g. `wardle.example.com`; `''` is the core group, served under `/api`. */
  readonly group: string
  /** CamelCase, e.g. `Flunder`. */
  readonly kind: string
  /** Name in paths, e.g. `flunders`. */
  readonly plural: string
  readonly scope: 'Namespaced' | 'Cluster'
  /** Default: the kind in lower case. */
  readonly singular?: string
  /** Default: the kind followed by `List`. */
  readonly listKind?: string
  readonly shortNames?: readonly string[]
  /** Groups of resources that kubectl can ask for at once, e.g. `all`. */
  readonly categories?: readonly string[]
  /** Columns of `kubectl get` after the name. Default: Age; Created At when `typed`. */
  readonly printerColumns?: readonly PrinterColumn<T>[]
  /** Checks beyond the schema; sees the internal form. `field.invalid(…)` and its siblings make errors. */
  readonly validate?: (object: T) => readonly FieldError[] | undefined
  readonly validateUpdate?: (object: T, old: T) => readonly FieldError[] | undefined
  /** Texts for clients about objects that are accepted all the same. */
  readonly warnings?: (object: T) => readonly string[] | undefined
  /**
   * What names may be: `dns-subdomain` (RFC 1123; the default, as for custom resources), `dns-label`, `path-segment`
   * (whatever can stand in a path), or a rule of one's own that returns the problems.
   */
  readonly validateName?: NameRule
  /** Fields besides metadata.name and metadata.namespace that field selectors may ask for. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>
  /** Serve `…/status` on its own: writes there change nothing else, other writes leave status alone. */
  readonly statusSubresource?: boolean
  /**
   * Further subresources, made from the resource's own store, e.g. `{ approval: (store) => new Approval(store) }`. They speak of
   * the resource's own kind; subresources of other kinds (`scale`) cannot be served yet.
   */
  readonly subresources?: Readonly<Record<string, (store: RegistryStore) => AnyStorage>>
  /** Whether metadata.generation counts changes. Default true. */
  readonly generation?: boolean
  /** A PUT of a missing name creates it. Default false. */
  readonly allowCreateOnUpdate?: boolean
  /** A PUT without resourceVersion overwrites. Default false, as for custom resources. */
  readonly allowUnconditionalUpdate?: boolean
  /** Seconds after which an object expires, 0 = never. */
  readonly ttlSeconds?: (object: T) => number
  /**
   * Behave as types compiled into Kubernetes do instead of as custom resources do: wrong types are a 400, empty
   * optional fields are left out, items of lists carry no kind and apiVersion.
   */
  readonly typed?: boolean
}

/** The objects of a kind with such a schema. */
export type ObjectOf<S extends StandardSchema> = KubeObject & InferOutput<S>

/** A kind in one version whose objects are what a schema of zod, or of another library, says. */
export type InferredResourceOptions<S extends StandardSchema> = CommonOptions<ObjectOf<S>> & {
  readonly version: string
  readonly schema: S
  readonly default?: (object: KubeObject) => void
  readonly versions?: never
}

interface OneVersion {
  readonly version: string
  readonly schema?: JSONSchema | StandardSchema
  readonly default?: (object: KubeObject) => void
  readonly versions?: never
}

interface SeveralVersions {
  readonly versions: readonly VersionOptions[]
  readonly version?: never
  readonly schema?: never
  readonly default?: never
}

/** What {@link defineResource} takes: a kind in one version, or in several. */
export type ResourceOptions<T extends KubeObject = KubeObject> = CommonOptions<T> & (OneVersion | SeveralVersions)
