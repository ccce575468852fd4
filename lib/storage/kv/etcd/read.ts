import type { IRangeRequest } from 'etcd3'
import type { Context } from '../../../meta/context.js'
import { yieldsToOthers } from '../../../runtime/turns.js'
import { type GetResult, type KeyValue, KVError, type RangeOptions, type RangeResult } from '../types.js'
import type { Connection, Method } from './connection.js'
import { isAnswerTooLong } from './errors.js'
import type { History } from './history.js'
import { encodeKey, prefixRange } from './messages.js'
import { PageSize, PageSizes } from './page-size.js'
import { RangeAnswer } from './range-answer.js'

const RANGE_MESSAGE: Method = { service: 'KV', method: 'rangeMessage' }
const NUL = Buffer.of(0)
/** So many pairs are read in a small part of a turn. */
const CHECK_EVERY = 256

/** Gets, ranges and counts. @internal */
export class Reader {
  private readonly sizes = new PageSizes()

  constructor(
    private readonly connection: Connection,
    private readonly history: History,
  ) {}

  async get(context: Context, key: string, revision = 0): Promise<GetResult> {
    const answer = await this.ask({ key: encodeKey(key), revision }, context)
    return { kv: answer.next(), revision: answer.revision }
  }

  async count(context: Context, prefix: string): Promise<{ count: number; revision: number }> {
    const { count, revision } = await this.ask({ ...prefixRange(prefix), count_only: true }, context)
    return { count, revision }
  }

  /** Reads page by page; the first page decides the revision of all. */
  async range(context: Context, prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    const { start, limit = 0 } = options
    if (start?.startsWith(prefix) === false) throw new RangeError('etcd: start must begin with the prefix')
    const { key, range_end } = prefixRange(prefix, start)
    const size = this.sizes.from(key) ?? new PageSize(this.connection.settings.pageSize)
    let revision = options.revision ?? 0
    const items: KeyValue[] = []
    const pause = yieldsToOthers(CHECK_EVERY)
    let from = key
    let count: number | undefined
    for (;;) {
      const left = limit > 0 ? limit - items.length : Number.POSITIVE_INFINITY
      const page = await this.page({ key: from, range_end, revision }, left, size, context)
      if (revision === 0) revision = page.revision
      count ??= page.count
      for (let kv = page.next(); kv; kv = page.next()) {
        items.push(kv)
        const turn = pause()
        if (turn) await turn
      }
      if (page.lastKey) from = Buffer.concat([page.lastKey, NUL])
      if (!page.more || page.size === 0) return { items, revision, more: page.more, count }
      if (items.length === limit) {
        this.sizes.remember(from, size)
        return { items, revision, more: true, count }
      }
    }
  }

  private async page(request: IRangeRequest, left: number, size: PageSize, context: Context): Promise<RangeAnswer> {
    for (;;) {
      const limit = Math.min(size.limit, left)
      try {
        const answer = await this.ask({ ...request, limit }, context)
        size.learn(answer.size, answer.message.length)
        return answer
      } catch (error) {
        if (!(error instanceof KVError && isAnswerTooLong(error.cause) && size.shrink(limit))) throw error
      }
    }
  }

  private async ask(request: IRangeRequest, context: Context): Promise<RangeAnswer> {
    const revision = Number(request.revision ?? 0)
    if (revision > 0) this.history.throwIfForgotten(revision)
    try {
      return new RangeAnswer(await this.connection.read<Buffer>(RANGE_MESSAGE, request, context))
    } catch (error) {
      throw revision > 0 ? await this.history.explain(error, revision, request.key!, context) : error
    }
  }
}
