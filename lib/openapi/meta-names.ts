/** Where Kubernetes names the types of meta/v1. */
export const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

/** The definition name of a type of meta/v1, e.g. `metaName('ObjectMeta')`. */
export function metaName(type: string): string {
  return metaPrefix + type
}

/** The definition name of `version.Info`, the body of /version. */
export const versionInfoName = 'io.k8s.apimachinery.pkg.version.Info'

/** The definition name of a value of any kind, such as the object of a watch event. */
export const rawExtensionName = 'io.k8s.apimachinery.pkg.runtime.RawExtension'
