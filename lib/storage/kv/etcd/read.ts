import type { IRangeRequest, IRangeResponse } from 'etcd3'
import type { Context } from '../../../meta/context.js'
import { type GetResult, type KeyValue, KVError, type RangeOptions, type RangeResult } from '../types.js'
import type { Connection } from './connection.js'
import { isAnswerTooLong } from './errors.js'
import type { History } from './history.js'
import { encodeKey, parseKeyValue, parseRevision, prefixRange } from './messages.js'
import { RANGE } from './methods.js'
import { PageSize } from './page-size.js'

const NUL = Buffer.of(0)

/** Gets, ranges and counts. @internal */
export class Reader {
  constructor(
    private readonly connection: Connection,
    private readonly history: History,
  ) {}

  async get(context: Context, key: string, revision = 0): Promise<GetResult> {
    const { header, kvs } = await this.ask({ key: encodeKey(key), revision }, context)
    const found = kvs[0]
    return { kv: found && parseKeyValue(found), revision: parseRevision(header.revision) }
  }

  async count(context: Context, prefix: string): Promise<{ count: number; revision: number }> {
    const { header, count } = await this.ask({ ...prefixRange(prefix), count_only: true }, context)
    return { count: Number(count), revision: parseRevision(header.revision) }
  }

  /** Reads page by page; the first page decides the revision of all. */
  async range(context: Context, prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    const { start, limit = 0 } = options
    if (start?.startsWith(prefix) === false) throw new RangeError('etcd: start must begin with the prefix')
    const { key, range_end } = prefixRange(prefix, start)
    const size = new PageSize(this.connection.settings.pageSize)
    let revision = options.revision ?? 0
    const items: KeyValue[] = []
    let from = key
    let count: number | undefined
    for (;;) {
      const left = limit > 0 ? limit - items.length : Number.POSITIVE_INFINITY
      const page = await this.page({ key: from, range_end, revision }, left, size, context)
      if (revision === 0) revision = parseRevision(page.header.revision)
      count ??= Number(page.count)
      for (const kv of page.kvs) items.push(parseKeyValue(kv))
      const last = page.kvs.at(-1)
      if (!page.more || last === undefined || items.length === limit) {
        return { items, revision, more: page.more, count }
      }
      from = Buffer.concat([last.key, NUL])
    }
  }

  private async page(request: IRangeRequest, left: number, size: PageSize, context: Context): Promise<IRangeResponse> {
    for (;;) {
      const limit = Math.min(size.limit, left)
      try {
        const response = await this.ask({ ...request, limit }, context)
        size.learn(response.kvs)
        return response
      } catch (error) {
        if (!(error instanceof KVError && isAnswerTooLong(error.cause) && size.shrink(limit))) throw error
      }
    }
  }

  private async ask(request: IRangeRequest, context: Context): Promise<IRangeResponse> {
    const revision = Number(request.revision ?? 0)
    if (revision > 0) this.history.throwIfForgotten(revision)
    try {
      return await this.connection.read<IRangeResponse>(RANGE, request, context)
    } catch (error) {
      throw revision > 0 ? await this.history.explain(error, revision, request.key!, context) : error
    }
  }
}
