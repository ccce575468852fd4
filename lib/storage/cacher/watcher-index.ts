import { getOrAdd } from '../../meta/get-or-add.js'
import type { KubeObject } from '../../meta/types.js'
import type { SelectionPredicate } from '../selection-predicate.js'
import type { CacheEvent } from './cache-event.js'
import type { CacheWatcher } from './cache-watcher.js'
import { labelOf, UNREADABLE } from './match-values.js'

/** Watchers that select the same: what one of them sees, all see. */
interface Peers<T extends KubeObject> {
  readonly predicate: SelectionPredicate
  readonly watchers: Set<CacheWatcher<T>>
}

/** A label that objects must have with one value to be selected. */
interface RequiredLabel {
  readonly key: string
  readonly value: string
}

/** All watchers of one scope (a resource, a namespace, an object), by what they select. */
class Scope<T extends KubeObject> {
  readonly #peers = new Map<string, Peers<T>>()
  /** Those that require a label's value: label → value → selections. An event touches only those of its object's values. */
  readonly #byLabel = new Map<string, Map<string, Set<Peers<T>>>>()
  /** All others, which every event touches. */
  readonly #rest = new Set<Peers<T>>()

  get empty(): boolean {
    return this.#peers.size === 0
  }

  add(watcher: CacheWatcher<T>): void {
    const { selection } = watcher.predicate
    let peers = this.#peers.get(selection)
    if (!peers) {
      peers = { predicate: watcher.predicate, watchers: new Set() }
      this.#peers.set(selection, peers)
      this.#placeOf(peers.predicate).add(peers)
    }
    peers.watchers.add(watcher)
  }

  delete(watcher: CacheWatcher<T>): void {
    const { selection } = watcher.predicate
    const peers = this.#peers.get(selection)
    if (!peers?.watchers.delete(watcher) || peers.watchers.size > 0) return
    this.#peers.delete(selection)
    this.#placeOf(peers.predicate).delete(peers)
    this.#prune(requiredLabel(peers.predicate))
  }

  dispatch(event: CacheEvent<T>): void {
    for (const peers of this.#rest) tell(peers, event)
    for (const [key, byValue] of this.#byLabel) {
      const now = labelOf(event.now, key)
      const before = labelOf(event.before, key)
      if (now === UNREADABLE || before === UNREADABLE) {
        for (const places of byValue.values()) for (const peers of places) tell(peers, event)
        continue
      }
      if (now !== undefined) for (const peers of byValue.get(now) ?? []) tell(peers, event)
      if (before !== undefined && before !== now) for (const peers of byValue.get(before) ?? []) tell(peers, event)
    }
  }

  #placeOf(predicate: SelectionPredicate): Set<Peers<T>> {
    const required = requiredLabel(predicate)
    if (!required) return this.#rest
    const byValue = getOrAdd(this.#byLabel, required.key, () => new Map<string, Set<Peers<T>>>())
    return getOrAdd(byValue, required.value, () => new Set<Peers<T>>())
  }

  #prune(required: RequiredLabel | undefined): void {
    if (!required) return
    const byValue = this.#byLabel.get(required.key)
    if (byValue?.get(required.value)?.size === 0) byValue.delete(required.value)
    if (byValue?.size === 0) this.#byLabel.delete(required.key)
  }
}

function requiredLabel({ label }: SelectionPredicate): RequiredLabel | undefined {
  for (const { key, operator, values } of label.requirements) {
    if (values.length === 1 && (operator === '=' || operator === '==' || operator === 'in'))
      return { key, value: values[0]! }
  }
  return undefined
}

function tell<T extends KubeObject>({ predicate, watchers }: Peers<T>, event: CacheEvent<T>): void {
  try {
    const seen = event.seenThrough(predicate)
    if (seen) for (const watcher of watchers) if (watcher.after < event.revision) watcher.push(seen)
  } catch (err) {
    // An object that cannot be read cannot be judged either: those who need to know are told so.
    for (const watcher of [...watchers]) if (watcher.after < event.revision) watcher.fail(err)
  }
}

/** The watchers of a resource, found by what they watch: everything, one namespace, one object. */
export class WatcherIndex<T extends KubeObject = KubeObject> {
  /** By key prefix (with a slash at its end), or by the key of the one object. */
  readonly #scopes = new Map<string, Scope<T>>()

  /** @param root prefix of all keys of the resource, with a slash at its end */
  constructor(private readonly root: string) {}

  add(scope: string, watcher: CacheWatcher<T>): void {
    getOrAdd(this.#scopes, scope, () => new Scope<T>()).add(watcher)
  }

  delete(scope: string, watcher: CacheWatcher<T>): void {
    const watchers = this.#scopes.get(scope)
    watchers?.delete(watcher)
    if (watchers?.empty) this.#scopes.delete(scope)
  }

  dispatch(event: CacheEvent<T>): void {
    if (this.#scopes.size === 0) return
    const { key } = event
    this.#scopes.get(this.root)?.dispatch(event)
    const namespace = key.slice(0, key.indexOf('/', this.root.length) + 1)
    if (namespace !== '') this.#scopes.get(namespace)?.dispatch(event)
    this.#scopes.get(key)?.dispatch(event)
  }
}
