import type { Models } from './schema.js'

/** A tag that groups operations, and what to say of it. */
export interface ApiTag {
  readonly name: string
  readonly description?: string
}

/** What the routes do not say of an API. */
export interface ApiInfo {
  readonly title: string
  /** The version of the API, not of OpenAPI. */
  readonly version: string
  readonly description?: string
  /** Models that routes name: JSON Schemas, or samples. */
  readonly models?: Models
  readonly tags?: readonly ApiTag[]
  /** Where the API is served, for those behind a proxy; where the document is asked for by default. */
  readonly servers?: readonly string[]
}
