/**
 * Sets a data property under any key. A plain assignment to `__proto__` would change the object's prototype instead.
 *
 * @example
 * ```ts
 * setOwnProperty(labels, '__proto__', 'x') // an own key like every other
 * ```
 */
export function setOwnProperty<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    object[key] = value
  }
}

/** Reads a data property under any key; what the prototype holds (`constructor`, `__proto__`) is not there. */
export function ownProperty<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Whether a decoded value is a JSON object: not null, not a list. */
export function isJSONObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
