import { setTimeout as sleep } from 'node:timers/promises'

/** A change as etcd itself tells it. */
export interface EtcdEvent {
  readonly type: 'put' | 'delete'
  readonly key: string
  readonly rev: number
  readonly value: string
}

interface WatchLine {
  readonly result?: {
    readonly canceled?: boolean
    readonly cancel_reason?: string
    readonly events?: readonly {
      readonly type?: 'DELETE'
      readonly kv: { readonly key: string; readonly mod_revision: string; readonly value?: string }
    }[]
  }
}

const TRY_MS = 2_000
const PATIENCE_MS = 20_000

const encode = (text: string): string => Buffer.from(text).toString('base64')
const decode = (base64 = ''): string => Buffer.from(base64, 'base64').toString('utf8')

/** etcd over its JSON gateway: nothing of ours stands between it and the checker. */
export class EtcdGateway {
  constructor(private readonly endpoints: readonly string[]) {}

  async currentRevision(): Promise<number> {
    const answer = await this.#call('/v3/kv/range', { key: encode('\0'), range_end: encode('\0'), count_only: true })
    return Number((answer as { header: { revision: string } }).header.revision)
  }

  async put(key: string, value: string): Promise<void> {
    await this.#call('/v3/kv/put', { key: encode(key), value: encode(value) })
  }

  async compact(revision: number): Promise<void> {
    await this.#call('/v3/kv/compaction', { revision }).catch((error: unknown) => {
      if (!String(error).includes('has been compacted')) throw error
    })
  }

  /** Everything that changed from a revision on, up to now. Each revision has an event, so the last one tells the end. */
  async history(from: number): Promise<{ events: EtcdEvent[]; rev: number }> {
    const rev = await this.currentRevision()
    if (from > rev) return { events: [], rev }
    return { events: await this.#retry((endpoint) => readHistory(endpoint, from, rev)), rev }
  }

  #call(path: string, body: object): Promise<unknown> {
    return this.#retry(async (endpoint) => {
      const answer = await post(endpoint + path, body, AbortSignal.timeout(TRY_MS))
      return answer.json()
    })
  }

  async #retry<T>(attempt: (endpoint: string) => Promise<T>): Promise<T> {
    const limit = Date.now() + PATIENCE_MS
    for (let turn = 0; ; turn++) {
      try {
        return await attempt(this.endpoints[turn % this.endpoints.length]!)
      } catch (error) {
        if (Date.now() > limit || String(error).includes('compacted')) throw error
        await sleep(50)
      }
    }
  }
}

async function post(url: string, body: object, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal })
  if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`)
  return answer
}

async function readHistory(endpoint: string, from: number, to: number): Promise<EtcdEvent[]> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS)
  const events: EtcdEvent[] = []
  try {
    const create_request = { key: encode('\0'), range_end: encode('\0'), start_revision: from }
    const answer = await post(`${endpoint}/v3/watch`, { create_request }, stop.signal)
    for await (const line of linesOf(answer)) {
      const { result } = JSON.parse(line) as WatchLine
      if (result?.canceled) throw new Error(`etcd cancelled the watch: ${result.cancel_reason ?? 'compacted'}`)
      for (const { type, kv } of result?.events ?? []) {
        const rev = Number(kv.mod_revision)
        if (rev > to) return events
        events.push({ type: type ? 'delete' : 'put', key: decode(kv.key), rev, value: decode(kv.value) })
      }
      if ((events.at(-1)?.rev ?? 0) >= to) return events
    }
    throw new Error('etcd ended the watch')
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
}

async function* linesOf(answer: Response): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
