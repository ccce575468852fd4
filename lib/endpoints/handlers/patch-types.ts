import { badRequest, requestEntityTooLarge } from '../../meta/errors.js'
import { genericServerResponse } from '../../meta/generic-server-response.js'
import type { KubeObject } from '../../meta/types.js'
import { decodeJSON, deepCopy, isJSONObject } from '../../runtime/json/index.js'
import { applyJSONPatch, type PatchOperation } from '../patch/json-patch.js'
import { applyMergePatch } from '../patch/merge-patch.js'

/** A patch that has been read; `apply` may be called several times, on fresh copies of what is stored. */
export interface ParsedPatch {
  readonly duplicates: readonly string[]
  /** @throws PatchError */
  apply(current: KubeObject): unknown
}

/** What PATCH understands, in the order in which it is offered. */
export const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json'] as const

const MAX_OPERATIONS = 10_000

/**
 * @param mediaType Content-Type without parameters
 * @throws StatusError 400, 413 or 415
 */
export function parsePatch(mediaType: string, body: Buffer): ParsedPatch {
  switch (mediaType) {
    case 'application/json-patch+json':
      return parseJSONPatch(body)
    case 'application/merge-patch+json':
      return parseMergePatch(body)
    default:
      throw genericServerResponse(415, '', undefined, '', unknownFormat())
  }
}

const unknownFormat = (): string =>
  `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.join(', ')}`

function parseJSONPatch(body: Buffer): ParsedPatch {
  const { value, duplicates } = decode(body)
  if (!Array.isArray(value) || !value.every(isJSONObject))
    throw badRequest('error decoding patch: a JSON patch is a list of operations')
  if (value.length > MAX_OPERATIONS)
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${value.length}`,
    )
  const operations: readonly PatchOperation[] = value
  return { duplicates, apply: (current) => applyJSONPatch(current, operations) }
}

function parseMergePatch(body: Buffer): ParsedPatch {
  const { value, duplicates } = decode(body)
  if (!isJSONObject(value)) throw badRequest('error decoding patch: a merge patch is an object')
  // Parts of the patch become parts of the result, so every attempt gets a patch of its own.
  return { duplicates, apply: (current) => applyMergePatch(current, deepCopy(value)) }
}

function decode(body: Buffer): { value: unknown; duplicates: readonly string[] } {
  try {
    return decodeJSON(body)
  } catch (err) {
    throw badRequest(`error decoding patch: ${(err as Error).message}`)
  }
}
