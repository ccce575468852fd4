// A RevisionedKV on etcd: keys, values and revisions as kube-apiserver uses them.
import type { RevisionedKV } from '../types.js'
import { type EtcdOptions, resolveOptions } from './options.js'
import { EtcdStore } from './store.js'

export type { EtcdOptions } from './options.js'

/** A store on an etcd cluster. */
export interface EtcdKV extends RevisionedKV {
  /** The hosts it was made for, in order. */
  readonly hosts: readonly string[]
}

/**
 * A store on an etcd cluster (3.4 or later). Nothing is loaded and no connection made before `open()`.
 *
 * Reads are linearizable and are tried again, at other hosts too, while their context lives. Writes are sent once: one whose
 * answer is lost throws `UnknownOutcomeError`. Watches go on after any loss of connection without a gap or a repeat.
 * Servers before 3.4.31 and 3.5.13 give progress marks at their own interval only
 * (`--experimental-watch-progress-notify-interval`, 10 minutes unless set).
 *
 * @throws TypeError for options that make no sense
 * @example
 * ```ts
 * const kv = etcd({ hosts: ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'], credentials: { rootCertificate } })
 * await kv.open(backgroundContext())
 * ```
 */
export function etcd(options: EtcdOptions): EtcdKV {
  return new EtcdStore(resolveOptions(options))
}
