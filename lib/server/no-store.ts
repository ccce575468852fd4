import { type GetResult, KVError, type KVWatch, type RangeResult, type RevisionedKV } from '../storage/index.js'

const REVISION = 1

/** What a server stands on that keeps nothing: a store which is empty and stays so. */
export class NoStore implements RevisionedKV {
  async open(): Promise<void> {}

  async get(): Promise<GetResult> {
    return { kv: undefined, revision: REVISION }
  }

  async range(): Promise<RangeResult> {
    return { items: [], revision: REVISION, more: false, count: 0 }
  }

  async count(): Promise<{ count: number; revision: number }> {
    return { count: 0, revision: REVISION }
  }

  async create(): Promise<never> {
    throw keepsNothing()
  }

  async update(): Promise<never> {
    throw keepsNothing()
  }

  async delete(): Promise<never> {
    throw keepsNothing()
  }

  watch(): KVWatch {
    throw keepsNothing()
  }

  async currentRevision(): Promise<number> {
    return REVISION
  }

  readIndex(): number {
    return REVISION
  }

  async compact(): Promise<void> {}

  compactedRevision(): number {
    return 0
  }

  async grantLease(): Promise<never> {
    throw keepsNothing()
  }

  async close(): Promise<void> {}
}

const keepsNothing = (): KVError => new KVError('this server keeps nothing: it was given no storage')
