/** The verbs an operation may begin with. `deletecollection…` counts as `delete`, followed by `Collection…`. */
const verbs = ['get', 'log', 'read', 'replace', 'patch', 'delete', 'watch', 'connect', 'proxy', 'list', 'create']

/** The identity of an operation in a document. */
export interface OperationIdentity {
  readonly operationId: string
  readonly tags: readonly string[]
}

/**
 * The operation id and tags of a route, as kube-apiserver forms them: the route's operation with group and version put
 * behind the verb, e.g. `listNamespacedFlunder` under `/apis/wardle.example.com/v1alpha1` becomes
 * `listWardleExampleComV1alpha1NamespacedFlunder`, tagged `wardleExampleCom_v1alpha1`. An operation that has them already
 * is left as it is.
 *
 * @throws {Error} if the operation does not begin with a verb
 */
export function operationIdentity(operation: string, path: string): OperationIdentity {
  const verb = verbs.find((v) => operation.startsWith(v))
  if (verb === undefined)
    throw new Error(`operation ${JSON.stringify(operation)} of ${path} does not begin with a verb`)
  const parts = path.split('/').filter((part) => part !== '')
  const names = parts[0] === 'api' ? ['core', ...parts.slice(1)] : parts[0] === 'apis' ? parts.slice(1) : []
  const rest = operation.slice(verb.length)
  if (names.length === 0) {
    return {
      operationId: verb + identifier(rest, true),
      tags: parts.slice(0, 1).map((part) => identifier(part, false)),
    }
  }
  const group = names[0]!.endsWith('.k8s.io') ? names[0]!.slice(0, -'.k8s.io'.length) : names[0]!
  const scope = [group, ...names.slice(1, 2)]
  const inserted = scope.map((name) => identifier(name, true)).join('')
  const tag = scope.map((name) => identifier(name, false)).join('_')
  const named = rest.startsWith(inserted) ? rest : inserted + identifier(rest, true)
  return { operationId: verb + named, tags: [tag] }
}

/** Letters, digits and underscores of a text, each letter after anything else in upper case. */
function identifier(text: string, capitalizeFirst: boolean): string {
  let out = ''
  let capitalize = capitalizeFirst
  for (const [at, char] of [...text].entries()) {
    if (/[\p{L}_]/u.test(char) || (at > 0 && /\p{Nd}/u.test(char))) {
      out += capitalize ? char.toUpperCase() : char
      capitalize = false
    } else {
      capitalize = true
    }
  }
  return out
}
