import type { RequestContext } from '../endpoints/index.js'

/** Serves one path; `path` is what was asked for. */
export type PathHandler = (ctx: RequestContext, path: string) => Promise<void> | void

/**
 * The paths beside the API: exact ones first, then the longest prefix (Kubernetes' PathRecorderMux).
 * Listed paths stand in the index page.
 */
export class PathRecorderMux {
  readonly #exact = new Map<string, PathHandler>()
  readonly #prefixes = new Map<string, PathHandler>()
  readonly #listed = new Set<string>()

  handle(path: string, handler: PathHandler): this {
    this.#listed.add(path)
    return this.unlistedHandle(path, handler)
  }

  unlistedHandle(path: string, handler: PathHandler): this {
    if (this.#exact.has(path)) throw new Error(`path ${path} is registered twice`)
    this.#exact.set(path, handler)
    return this
  }

  /** @throws Error for a prefix that does not end with a slash */
  unlistedHandlePrefix(prefix: string, handler: PathHandler): this {
    if (!prefix.endsWith('/')) throw new Error(`${JSON.stringify(prefix)} must end in a trailing slash`)
    this.#prefixes.set(prefix, handler)
    return this
  }

  listedPaths(): string[] {
    return [...this.#listed].sort()
  }

  match(path: string): PathHandler | undefined {
    return this.#exact.get(path) ?? this.#longestPrefix(path)
  }

  #longestPrefix(path: string): PathHandler | undefined {
    for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const handler = this.#prefixes.get(path.slice(0, end + 1))
      if (handler || end === 0) return handler
    }
    return undefined
  }
}
