import type { Context } from '../../meta/context.js'
import { alreadyExists, generateNameConflict } from '../../meta/errors.js'
import type { KubeObject } from '../../meta/types.js'
import { deepCopy } from '../../runtime/json/index.js'
import { finishInTurns } from '../../runtime/steps.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { isStorageError } from '../../storage/errors.js'
import { beforeCreate, fillObjectMetaSystemFields } from '../before.js'
import { interpretStorageError } from '../interpret-error.js'
import type { ValidateObject, WriteQuery } from '../rest.js'
import { keyOf, namespaceOf, type StoreParts } from './parts.js'

const GENERATE_NAME_ATTEMPTS = 8

/** Stores a new object; a generated name that is taken is generated again. */
export async function create(
  parts: StoreParts,
  ctx: Context,
  object: KubeObject,
  validate: ValidateObject,
  query: WriteQuery,
): Promise<StoredObject> {
  const generates = !object.metadata.name && Boolean(object.metadata.generateName)
  if (!generates) return createNamed(parts, ctx, object, validate, query)
  for (let attempt = 1; ; attempt++) {
    try {
      return await createNamed(parts, ctx, deepCopy(object), validate, query)
    } catch (err) {
      if (!(err instanceof NameTaken)) throw err
      if (attempt === GENERATE_NAME_ATTEMPTS) throw generateNameConflict(parts.resource, err.objectName)
    }
  }
}

/** A generated name turned out to be in use. */
class NameTaken extends Error {
  constructor(readonly objectName: string) {
    super(`name ${objectName} is taken`)
  }
}

async function createNamed(
  parts: StoreParts,
  ctx: Context,
  object: KubeObject,
  validate: ValidateObject,
  query: WriteQuery,
): Promise<StoredObject> {
  const generated = !object.metadata.name
  fillObjectMetaSystemFields(object)
  await finishInTurns(beforeCreate(parts.strategy, ctx, object, parts.kind, namespaceOf(ctx)))
  const name = object.metadata.name ?? ''
  await validate(ctx, object)
  const key = keyOf(parts, ctx, name)
  try {
    return await parts.storage.create(ctx, key, object, query.dryRun, parts.ttl(object, undefined))
  } catch (err) {
    if (generated && isStorageError(err, 'KeyExists')) throw new NameTaken(name)
    throw await explainExisting(parts, ctx, key, object, err)
  }
}

/** An object of the same name that is on its way out deserves a hint: the name will be free soon. */
async function explainExisting(
  parts: StoreParts,
  ctx: Context,
  key: string,
  object: KubeObject,
  err: unknown,
): Promise<unknown> {
  const { name = '', generateName } = object.metadata
  if (!isStorageError(err, 'KeyExists')) return interpretStorageError(err, 'create', parts.resource, name, object)
  const existing = await parts.storage.storage.get(ctx, key).catch(() => undefined)
  const terminating = existing?.object.metadata.deletionTimestamp !== undefined
  // Whoever lets names be generated hears that there is none, even if he chose this one himself.
  const refusal = generateName ? generateNameConflict : alreadyExists
  return refusal(parts.resource, name, terminating)
}
