import type { CompiledSchema, JSONSchema } from '../../runtime/schema/index.js'

type Path = readonly (string | number)[]

/**
 * What a schema says about merging the value at one place: `x-kubernetes-patch-strategy` and
 * `x-kubernetes-patch-merge-key`. `x-kubernetes-list-type` alone makes no list merge, as in Kubernetes: kubectl computes
 * its patches from the strategy, and would lose deletions were the server to merge what kubectl replaces.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
 */
export class MergeHints {
  /** What is known where a schema says nothing: nothing. */
  static readonly NONE = new MergeHints(undefined, [], undefined)

  static of(schema: CompiledSchema): MergeHints {
    return MergeHints.at(schema, [])
  }

  private static at(root: CompiledSchema | undefined, path: Path): MergeHints {
    const schema = root?.schemaAt(path)
    return schema === undefined ? MergeHints.NONE : new MergeHints(root, path, schema)
  }

  private constructor(
    private readonly root: CompiledSchema | undefined,
    private readonly path: Path,
    private readonly schema: JSONSchema | undefined,
  ) {}

  member(key: string): MergeHints {
    return MergeHints.at(this.root, [...this.path, key])
  }

  /** The hints of any item of the list that stands here. */
  item(): MergeHints {
    return MergeHints.at(this.root, [...this.path, 0])
  }

  /** Whether a list merges. Others are replaced as a whole. */
  get mergesList(): boolean {
    return this.strategies.includes('merge')
  }

  /** Whether an object is replaced as a whole. Others merge. */
  get replacesObject(): boolean {
    return this.strategies.includes('replace')
  }

  /** The member that names an item of a list of objects. */
  get mergeKey(): string | undefined {
    const key = this.schema?.['x-kubernetes-patch-merge-key']
    if (key !== undefined) return key
    const keys = this.schema?.['x-kubernetes-list-map-keys'] ?? []
    return keys.length === 1 ? keys[0] : undefined
  }

  /** The field's name, for messages. */
  get name(): string {
    return this.path.join('.')
  }

  private get strategies(): readonly string[] {
    return this.schema?.['x-kubernetes-patch-strategy']?.split(',') ?? []
  }
}
