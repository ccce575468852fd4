import { type Manager, type Managers, managerIdentifier, secondsOf } from './managers.js'
import { OwnedFields } from './owned-fields.js'

/** So many updaters are told apart; the oldest ones are put together beyond. Appliers are never capped. */
const MAX_UPDATE_MANAGERS = 10

/** The name under which the oldest updates of a version stand together. */
const ANCIENT = 'ancient-changes'

/** Puts the oldest updaters of a version into one entry until no more than {@link MAX_UPDATE_MANAGERS} are left. */
export function capUpdateManagers(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update')
  if (updaters.length <= MAX_UPDATE_MANAGERS) return
  updaters.sort(([idA, a], [idB, b]) => secondsOf(a) - secondsOf(b) || (idA < idB ? -1 : 1))
  const firsts = new Map<string, string>()
  let left = updaters.length
  for (const [id, updater] of updaters) {
    if (left <= MAX_UPDATE_MANAGERS) return
    const first = firsts.get(updater.apiVersion)
    // A version's first one is joined only when a second one comes.
    if (first === undefined) firsts.set(updater.apiVersion, id)
    else {
      join(managers, first, id, updater)
      left--
    }
  }
}

function join(managers: Managers, first: string, id: string, updater: Manager): void {
  const bucket: Omit<Manager, 'fields'> = {
    manager: ANCIENT,
    operation: 'Update',
    apiVersion: updater.apiVersion,
    subresource: '',
    // The later of those that are in it.
    time: updater.time,
  }
  const bucketId = managerIdentifier(bucket)
  const partner = managers.has(bucketId) && id !== bucketId ? bucketId : first
  const fields = OwnedFields.of(updater.fields.set.union(managers.get(partner)!.fields.set))
  managers.delete(partner)
  managers.delete(id)
  managers.set(bucketId, { ...bucket, fields })
}
