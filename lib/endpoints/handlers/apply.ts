import { badRequest, conflict, messageOf } from '../../meta/errors.js'
import { StatusError } from '../../meta/status.js'
import type { KubeObject } from '../../meta/types.js'
import { isJSONObject } from '../../runtime/json/index.js'
import type { Steps } from '../../runtime/steps.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { FieldManager } from '../fieldmanager/index.js'
import { type DecodeBody, type DecodedBody, readAhead, yamlSerializer } from '../negotiation/serializers.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { admitFields, type FieldValidation, internalForm } from './decode.js'
import { repeatedKeys } from './repeated-keys.js'

/** What a YAML library says before it says what it found. */
const STRICT_ERRORS = 'error converting YAML to JSON: yaml: unmarshal errors:'

/** Makes the object that shall be stored from what is stored; asked again after a conflict. */
export type MakeObject = (old: StoredObject | undefined) => Steps<KubeObject>

/** The media type of server-side apply; bodies are YAML, or JSON, which is YAML too. */
export const APPLY_PATCH = 'application/apply-patch+yaml'

export interface ApplyRequest {
  readonly manager: string
  readonly force: boolean
  readonly validation: FieldValidation
}

/**
 * Reads a configuration that is to be applied.
 *
 * @returns makes the object that shall be stored from what is stored, if anything is; to be asked again after a conflict
 * @throws StatusError 400, 413, 429
 */
export async function applyConfiguration(
  ctx: RequestContext,
  scope: RequestScope,
  fieldManager: FieldManager,
  body: Buffer,
  { manager, force, validation }: ApplyRequest,
): Promise<MakeObject> {
  const { config, duplicates } = readConfiguration(body, await readAhead(yamlSerializer, body, scope.memberLimits))
  function* admit(object: KubeObject): Steps<KubeObject> {
    return internalForm((yield* admitFields(object, scope.kind)).object, scope.kind)
  }
  let warned = false
  return function* (old) {
    const live = old?.object
    yield
    const object = yield* fieldManager.applySteps(live, config, { manager, force, admit })
    if (old === undefined) refuseUid(ctx, scope, object)
    if (duplicates.length > 0 && validation === 'Strict')
      throw badRequest(
        `error strict decoding YAML: ${STRICT_ERRORS}${duplicates.map((text) => `\n  ${text}`).join('')}`,
      )
    if (validation === 'Warn' && !warned) for (const duplicate of duplicates) ctx.warn(duplicate)
    warned = true
    return object
  }
}

function readConfiguration(
  body: Buffer,
  read: DecodeBody,
): { readonly config: KubeObject; readonly duplicates: readonly string[] } {
  const { value, duplicates } = decode(read)
  const config = value ?? {}
  if (!isJSONObject(config))
    throw badRequest('error decoding YAML: error unmarshaling JSON: while decoding JSON: a configuration is an object')
  return { config: config as unknown as KubeObject, duplicates: repeatedKeys(body, duplicates) }
}

function decode(read: DecodeBody): DecodedBody {
  try {
    return read()
  } catch (err) {
    if (err instanceof StatusError) throw err
    throw badRequest(`error decoding YAML: ${messageOf(err)}`)
  }
}

/** Who names a uid means an object that exists. */
function refuseUid(ctx: RequestContext, scope: RequestScope, { metadata }: KubeObject): void {
  if (!metadata.uid) return
  const why = `uid mismatch: the provided object specified uid ${metadata.uid}, and no existing object was found`
  throw new UidMismatch(conflict(scope.resource, ctx.requestInfo?.name ?? '', why).status)
}

/** Trying again cannot help. */
export class UidMismatch extends StatusError {}
