/** The parameters a path was matched with; read lazily, since many route functions ask for one or none. */
export interface PathParameters {
  /** The value of a parameter; undefined when the template has none of this name. */
  get(name: string): string | undefined
  /** All of them in the template's order. A Map: names and values come from templates and strangers. */
  all(): Map<string, string>
}

/** Of a route without parameters. */
export const NO_PATH_PARAMETERS: PathParameters = { get: () => undefined, all: () => new Map() }
