import { messageOf } from '../meta/errors.js'
import { aggregateText } from '../meta/field/index.js'
import { quote } from '../meta/go/index.js'
import { isJSONObject } from '../runtime/json/index.js'
import { readRegularFile } from '../runtime/read-file.js'
import { decodeYAML } from '../runtime/yaml/index.js'
import type { AuditPolicy } from './policy.js'
import { decodePolicy } from './policy-decode.js'
import { validatePolicy } from './policy-validation.js'
import { API_VERSION } from './types.js'

/** A policy that cannot be used, and why. */
export class AuditPolicyError extends Error {
  override readonly name = 'AuditPolicyError'
}

/** Told of fields that no policy has; like Kubernetes, they are passed over, for rules of a newer version may have them. */
export type OnUnknownFields = (paths: readonly string[]) => void

/**
 * Reads a policy from a YAML or JSON file, a regular one of 16 MiB at most. Meant for the start of a program: it waits for the disk.
 *
 * @throws AuditPolicyError naming the file and everything that is wrong
 * @example
 * ```ts
 * const policy = readPolicyFile('/etc/kubernetes/audit-policy.yaml')
 * ```
 */
export function readPolicyFile(path: string, onUnknownFields?: OnUnknownFields): AuditPolicy {
  let bytes: Buffer
  try {
    bytes = readRegularFile(path)
  } catch (err) {
    throw new AuditPolicyError(`audit.policy: failed to read file path ${quote(path)}: ${messageOf(err)}`, {
      cause: err,
    })
  }
  let value: unknown
  try {
    value = decodeYAML(bytes).value
  } catch (err) {
    throw new AuditPolicyError(`failed decoding: ${messageOf(err)}: from file ${path}`, { cause: err })
  }
  try {
    if (isJSONObject(value)) requireVersion(value)
    return checkedPolicy(value, onUnknownFields)
  } catch (err) {
    if (err instanceof AuditPolicyError) throw new AuditPolicyError(`${err.message}: from file ${path}`, { cause: err })
    throw err
  }
}

/**
 * Checks what is given as a policy.
 *
 * @throws AuditPolicyError naming everything that is wrong
 */
export function checkedPolicy(value: unknown, onUnknownFields: OnUnknownFields = () => {}): AuditPolicy {
  if (!isJSONObject(value)) throw new AuditPolicyError('failed decoding: a policy is an object')
  if (value.apiVersion !== undefined || value.kind !== undefined) requireVersion(value)
  const { policy, errors, unknown } = decodePolicy(value)
  // A value of a wrong type would be told a second time as a missing one.
  const problems = errors.length > 0 ? errors : validatePolicy(policy)
  if (problems.length > 0) throw new AuditPolicyError(`loaded illegal policy: ${aggregateText(problems)}`)
  if (policy.rules.length === 0) throw new AuditPolicyError('loaded illegal policy with 0 rules')
  if (unknown.length > 0) onUnknownFields(unknown)
  return policy
}

function requireVersion({ apiVersion, kind }: Readonly<Record<string, unknown>>): void {
  if (apiVersion !== API_VERSION)
    throw new AuditPolicyError(
      `unknown group version field ${shown(apiVersion)} in policy file, must be ${API_VERSION}`,
    )
  if (kind !== 'Policy') throw new AuditPolicyError(`the kind of a policy is Policy, not ${shown(kind)}`)
}

const shown = (value: unknown): string => JSON.stringify(value) ?? '""'
