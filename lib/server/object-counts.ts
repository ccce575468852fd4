import { backgroundContext } from '../meta/context.js'
import type { RevisionedKV } from '../storage/index.js'
import type { ResourceDefinition } from './define-resource.js'

/** Counts older than this are counted anew when somebody asks. */
const MAX_AGE_MS = 30_000
const PATIENCE_MS = 1_000
/** What is told where counting failed, as a kube-apiserver tells it. */
const UNKNOWN = -1

interface Counted {
  readonly prefix: string
  count: number
  at: number
  counting: Promise<void> | undefined
}

/** How many objects there are of each resource, counted only where somebody asks, and not each time. */
export class ObjectCounts {
  readonly #resources: ReadonlyMap<string, Counted>

  constructor(
    private readonly kv: RevisionedKV,
    prefix: string,
    resources: readonly ResourceDefinition[],
  ) {
    this.#resources = new Map(
      resources.map(({ group, plural }) => {
        const [name, root] = group === '' ? [plural, `/${plural}/`] : [`${plural}.${group}`, `/${group}/${plural}/`]
        return [name, { prefix: prefix + root, count: UNKNOWN, at: Number.NEGATIVE_INFINITY, counting: undefined }]
      }),
    )
  }

  /** The count as it was last known, at once; undefined for what is not served or was never counted. */
  get(resource: string): number | undefined {
    const counted = this.#resources.get(resource)
    if (!counted) return undefined
    void this.#refresh(counted)
    return counted.count === UNKNOWN ? undefined : counted.count
  }

  /** Counts of all resources by `plural.group`; -1 where counting failed. */
  async all(): Promise<ReadonlyMap<string, number>> {
    await Promise.all([...this.#resources.values()].map((counted) => this.#refresh(counted)))
    return new Map([...this.#resources].map(([name, { count }]) => [name, count]))
  }

  #refresh(counted: Counted): Promise<void> | undefined {
    if (counted.counting || performance.now() - counted.at < MAX_AGE_MS) return counted.counting
    counted.counting = this.#count(counted)
    return counted.counting
  }

  async #count(counted: Counted): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      const deadline = Date.now() + PATIENCE_MS
      counted.count = (await this.kv.count(backgroundContext({ signal, deadline }), counted.prefix)).count
    } catch {
      counted.count = UNKNOWN
    } finally {
      counted.at = performance.now()
      counted.counting = undefined
    }
  }
}
