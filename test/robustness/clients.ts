import { setTimeout as sleep } from 'node:timers/promises'
import type { Freshness, Get, List, Page, Refusal, Selection, Write, WriteOutcome } from './history.js'
import { type Answer, Connection } from './http.js'
import {
  collectionPath,
  colors,
  keys,
  type ListObject,
  namespaces,
  objectPath,
  type RegisterObject,
  type StatusObject,
  seenIn,
  selectionPath,
} from './objects.js'
import type { Random } from './random.js'
import { now, type Recorder } from './recorder.js'

const REQUEST_LIMIT_MS = 2_500
const LONGEST_PAUSE_MS = 10

/** A write as it is asked for. */
type Asked = Pick<Write, 'verb' | 'key' | 'value' | 'label' | 'expected'>

/** One client: a request, a short pause, the next request, each to one of the servers. */
export class Client {
  readonly #connections: readonly Connection[]
  #stopping = false
  #ended: Promise<void> = Promise.resolve()

  constructor(
    private readonly urls: readonly (() => string)[],
    private readonly random: Random,
    private readonly recorder: Recorder,
  ) {
    this.#connections = urls.map(() => new Connection(REQUEST_LIMIT_MS))
  }

  start(): void {
    this.#stopping = false
    this.#ended = this.#run()
  }

  /** Resolves when the last answer is there, or given up. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#ended
    for (const connection of this.#connections) connection.close()
  }

  async #run(): Promise<void> {
    const { random } = this
    while (!this.#stopping) {
      const draw = random.next()
      if (draw < 0.5) await this.#write()
      else if (draw < 0.75) await this.get(random.pick(keys), this.#freshness(false))
      else
        await this.list(randomSelection(random), this.#freshness(true), random.chance(0.4) ? random.between(1, 5) : 0)
      await sleep(random.between(0, LONGEST_PAUSE_MS))
    }
  }

  #freshness(mayBeExact: boolean): Freshness {
    const draw = this.random.next()
    const rev = this.recorder.revision(this.random)
    if (draw < 0.55 || rev === 0) return { type: 'latest' }
    if (draw < 0.7) return { type: 'any' }
    if (draw < 0.85 || !mayBeExact)
      return { type: 'not-older', rev: this.random.chance(0.5) ? this.recorder.newestRevision() : rev }
    return { type: 'exact', rev }
  }

  async #write(): Promise<void> {
    const { random, recorder } = this
    const key = random.pick(keys)
    const believed = recorder.believed(key)
    const id = recorder.nextId()
    const value = `w${id}`
    const label = random.pick(colors)
    const expected = believed && random.chance(0.5) ? { expected: believed.rev } : {}
    const draw = random.next()
    if (believed ? draw < 0.06 : draw < 0.85) return this.#send(id, { verb: 'create', key, value, label })
    if (draw < 0.45) return this.#send(id, { verb: 'update', key, value, label, ...expected })
    if (draw < 0.82)
      return this.#send(id, { verb: 'patch', key, value, ...(random.chance(0.5) ? { label } : {}), ...expected })
    return this.#send(id, { verb: 'delete', key, value: '', ...expected })
  }

  async #send(id: number, asked: Asked): Promise<void> {
    const { server, connection, url } = this.#server()
    const invoked = now()
    const answer = await connection.send(writeRequest(url, asked))
    const returned = now()
    const outcome = this.#outcome(asked, answer)
    if (!outcome) return
    const isOver = outcome.type !== 'unknown'
    const interval = { id, server, invoked, returned: isOver ? returned : Number.POSITIVE_INFINITY }
    this.recorder.add({ kind: 'write', ...interval, ...asked, outcome })
    // At once, and from another server as often as not: what one has acknowledged, all must show.
    if (outcome.type === 'done' && this.random.chance(0.3)) await this.get(asked.key, { type: 'latest' })
  }

  /** Undefined: the write was never sent. */
  #outcome(asked: Asked, answer: Answer): WriteOutcome | undefined {
    const { recorder } = this
    if (answer.type === 'unreachable') return undefined
    if (answer.type === 'lost') return { type: 'unknown', why: answer.why }
    if (answer.status < 300) {
      if (asked.verb === 'delete') {
        recorder.noteKey(asked.key, undefined)
        return { type: 'done' }
      }
      const seen = seenIn(answer.body as RegisterObject)
      recorder.noteKey(asked.key, seen)
      return { type: 'done', seen }
    }
    const { reason = '', message = '' } = answer.body as StatusObject
    const why = refusalOf(answer.status, reason)
    if (why === 'not-found') recorder.noteKey(asked.key, undefined)
    if (!why || why === 'other') recorder.noteError(`${asked.verb}: ${answer.status} ${reason}`)
    return why ? { type: 'refused', why } : { type: 'unknown', why: message }
  }

  /** @param fixed which server to ask; absent = any */
  async get(key: string, freshness: Freshness, fixed?: number): Promise<boolean> {
    const { server, connection, url } = this.#server(fixed)
    const id = this.recorder.nextId()
    const invoked = now()
    const query = new URLSearchParams(freshnessQuery(freshness, false))
    const answer = await connection.send({ method: 'GET', url: `${url}${objectPath(key)}?${query}` })
    const operation = { kind: 'get', id, server, invoked, returned: now(), key, freshness } as const
    if (answer.type === 'answer' && answer.status === 200)
      return this.#found({ ...operation, found: seenIn(answer.body as RegisterObject) })
    if (answer.type === 'answer' && answer.status === 404) return this.#found(operation)
    this.#noteFailure('get', answer)
    return false
  }

  #found(get: Get): true {
    this.recorder.add(get)
    if (get.freshness.type === 'latest') this.recorder.noteKey(get.key, get.found)
    return true
  }

  /** All pages of a list. Says whether the last one came. */
  async list(selection: Selection, freshness: Freshness, limit: number, fixed?: number): Promise<boolean> {
    const { server, connection, url } = this.#server(fixed)
    const id = this.recorder.nextId()
    const invoked = now()
    const pages: Page[] = []
    const limits: Record<string, string> = limit > 0 ? { limit: String(limit) } : {}
    let token = ''
    let expired = false
    do {
      const where: Record<string, string> = token === '' ? freshnessQuery(freshness, true) : { continue: token }
      const answer = await connection.send({
        method: 'GET',
        url: url + selectionPath(selection, { ...limits, ...where }),
      })
      if (answer.type !== 'answer' || answer.status !== 200) {
        expired = answer.type === 'answer' && answer.status === 410
        if (!expired) this.#noteFailure('list', answer)
        break
      }
      const { metadata, items } = answer.body as ListObject
      pages.push({ rev: Number(metadata.resourceVersion), items: items.map(seenIn) })
      token = metadata.continue ?? ''
      if (token !== '') await sleep(this.random.between(0, 2 * LONGEST_PAUSE_MS))
    } while (token !== '')
    const complete = pages.length > 0 && token === '' && !expired
    const list: List = {
      kind: 'list',
      id,
      server,
      invoked,
      returned: now(),
      selection,
      freshness,
      limit,
      pages,
      complete,
      expired,
    }
    if (pages.length > 0 || expired) this.recorder.add(list)
    this.recorder.noteRevision(pages[0]?.rev ?? 0)
    return complete
  }

  #noteFailure(verb: string, answer: Answer): void {
    if (answer.type !== 'answer') return
    const { reason = '', message = '' } = answer.body as StatusObject
    const detail = message.startsWith('Timeout: Too large') ? 'Too large resource version' : reason
    this.recorder.noteError(`${verb}: ${answer.status} ${detail}`)
  }

  #server(fixed?: number): { server: number; connection: Connection; url: string } {
    const server = fixed ?? this.random.between(0, this.urls.length - 1)
    return { server, connection: this.#connections[server]!, url: this.urls[server]!() }
  }
}

export function randomSelection(random: Random): Selection {
  const draw = random.next()
  if (draw < 0.3) return {}
  if (draw < 0.55) return { namespace: random.pick(namespaces) }
  if (draw < 0.7) return { label: random.pick(colors) }
  if (draw < 0.85) return { namespace: random.pick(namespaces), label: random.pick(colors) }
  const [namespace = '', name = ''] = random.pick(keys).split('/')
  return { namespace, name }
}

export function freshnessQuery(freshness: Freshness, isList: boolean): Record<string, string> {
  if (freshness.type === 'latest') return {}
  if (freshness.type === 'any') return { resourceVersion: '0' }
  const resourceVersion = String(freshness.rev)
  if (!isList) return { resourceVersion }
  return { resourceVersion, resourceVersionMatch: freshness.type === 'exact' ? 'Exact' : 'NotOlderThan' }
}

function writeRequest(url: string, { verb, key, value, label, expected }: Asked) {
  const [namespace, name] = key.split('/')
  const resourceVersion = expected === undefined ? {} : { resourceVersion: String(expected) }
  const labels = label === undefined ? {} : { labels: { color: label } }
  const spec = { value }
  const at = url + objectPath(key)
  switch (verb) {
    case 'create':
      return { method: 'POST', url: url + collectionPath(namespace), body: whole({ name, ...labels }, spec) }
    case 'update':
      return { method: 'PUT', url: at, body: whole({ name, ...labels, ...resourceVersion }, spec) }
    case 'patch':
      return {
        method: 'PATCH',
        url: at,
        body: { metadata: { ...labels, ...resourceVersion }, spec },
        contentType: 'application/merge-patch+json',
      }
    case 'delete':
      return {
        method: 'DELETE',
        url: at,
        ...(expected === undefined ? {} : { body: { preconditions: resourceVersion } }),
      }
  }
}

const whole = (metadata: object, spec: object) => ({
  apiVersion: 'robustness.example.com/v1',
  kind: 'Register',
  metadata,
  spec,
})

/** Undefined: nobody can tell whether the write was made. */
function refusalOf(status: number, reason: string): Refusal | undefined {
  if (reason === 'AlreadyExists') return 'exists'
  if (reason === 'Conflict') return 'conflict'
  if (status === 404) return 'not-found'
  // The store was not reached: the server's word that nothing was written.
  return status < 500 || reason === 'ServerTimeout' ? 'other' : undefined
}
