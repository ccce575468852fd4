import { isJSONObject, ownProperty, setOwnProperty } from '../../runtime/json/index.js'

/**
 * Applies a JSON merge patch (RFC 7386): objects merge, `null` removes, everything else replaces. Changes `target` where
 * it can; parts of `patch` become parts of the result. As Kubernetes has it, a list that replaces no object loses the nulls
 * of the objects in it.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJSONObject(patch)) return Array.isArray(patch) && !isJSONObject(target) ? patch.map(withoutNulls) : patch
  const result = isJSONObject(target) ? target : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else setOwnProperty(result, key, applyMergePatch(ownProperty(result, key), value))
  }
  return result
}

const withoutNulls = (item: unknown): unknown => (item === null ? null : applyMergePatch(undefined, item))
