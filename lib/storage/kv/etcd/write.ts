import type { ICompare, IRequestOp, ITxnResponse } from 'etcd3'
import type { Context } from '../../../meta/context.js'
import { KVError, type WriteOptions, type WriteResult } from '../types.js'
import type { Connection } from './connection.js'
import { encodeKey, parseKeyValue, parseRevision } from './messages.js'
import { TXN } from './methods.js'

/** `Compare.CompareResult.EQUAL`, `Compare.CompareTarget.CREATE` and `.MOD`. */
const EQUAL = 0
const CREATE = 1
const MOD = 2

/** Compare-and-swap writes, each one transaction. @internal */
export class Writer {
  constructor(private readonly connection: Connection) {}

  async create(context: Context, key: string, value: Buffer, options?: WriteOptions): Promise<WriteResult> {
    const bytes = encodeKey(key)
    const absent: ICompare = { key: bytes, result: EQUAL, target: CREATE, create_revision: 0 }
    return this.swap(context, absent, { request_put: { key: bytes, value, lease: leaseId(options) } })
  }

  async update(
    context: Context,
    key: string,
    value: Buffer,
    expected: number,
    options?: WriteOptions,
  ): Promise<WriteResult> {
    const bytes = encodeKey(key)
    return this.swap(context, unchanged(bytes, expected), {
      request_put: { key: bytes, value, lease: leaseId(options) },
    })
  }

  async delete(context: Context, key: string, expected: number): Promise<WriteResult> {
    const bytes = encodeKey(key)
    return this.swap(context, unchanged(bytes, expected), { request_delete_range: { key: bytes } })
  }

  /** Does `change` if `condition` holds; else reads the key that the condition is about. */
  private async swap(context: Context, condition: ICompare, change: IRequestOp): Promise<WriteResult> {
    const request = {
      compare: [condition],
      success: [change],
      failure: [{ request_range: { key: condition.key } }],
    }
    const response = await this.connection.write<ITxnResponse>(TXN, request, context)
    const revision = parseRevision(response.header.revision)
    if (response.succeeded) return { ok: true, revision }
    const current = response.responses[0]?.response_range.kvs[0]
    return { ok: false, current: current && parseKeyValue(current), revision }
  }
}

function unchanged(key: Buffer, expected: number): ICompare {
  // An absent key has the revision 0: expecting it would create.
  if (!(expected > 0)) throw new RangeError('etcd: the expected revision must be above 0')
  return { key, result: EQUAL, target: MOD, mod_revision: expected }
}

function leaseId(options: WriteOptions | undefined): string {
  const lease = options?.lease ?? ''
  if (lease === '') return '0'
  if (!/^-?\d{1,19}$/.test(lease)) throw new KVError('etcd: no such lease')
  return lease
}
