import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy on 127.0.0.1 that can do to connections what networks do. */
export interface TcpProxy {
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  /** How many connections have been accepted so far. */
  readonly accepted: number
  /** How many connections are open. */
  readonly open: number
  /** Breaks every open connection; new ones are accepted. */
  cut(): void
  /** Blackhole: connections stay open and are accepted, and no byte passes in either direction. */
  pause(): void
  /** Requests pass, answers do not. */
  holdAnswers(): void
  /** Lets everything pass again, what was held back too. */
  resume(): void
  /** Breaks every open connection and every new one at once, until {@link TcpProxy.resume}. */
  refuse(): void
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/** Starts a proxy in front of `target`, a URL such as `http://127.0.0.1:2379` (only host and port are read). */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const pairs = new Set<Pair>()
  let mode: 'pass' | 'pause' | 'hold-answers' | 'refuse' = 'pass'
  let accepted = 0

  const apply = ({ client, server }: Pair) => {
    if (mode === 'pause') client.pause()
    else client.resume()
    if (mode === 'pass') server.resume()
    else server.pause()
  }
  const cut = () => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy()
      server.destroy()
    }
  }
  const enter = (next: typeof mode) => {
    mode = next
    if (mode === 'refuse') cut()
    else for (const pair of pairs) apply(pair)
  }

  const listener = createServer({ pauseOnConnect: true, noDelay: true }, (client) => {
    accepted++
    if (mode === 'refuse') {
      client.resetAndDestroy()
      return
    }
    const pair = { client, server: connect({ host: hostname, port: Number(port), noDelay: true }) }
    pairs.add(pair)
    forward(client, pair.server, () => apply(pair))
    forward(pair.server, client, () => apply(pair))
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      pair.server.destroy()
    }
    client.on('close', end)
    pair.server.on('close', end)
    apply(pair)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port: own } = listener.address() as AddressInfo

  return {
    port: own,
    endpoint: `http://127.0.0.1:${own}`,
    get accepted() {
      return accepted
    },
    get open() {
      return pairs.size
    },
    cut,
    pause: () => enter('pause'),
    holdAnswers: () => enter('hold-answers'),
    refuse: () => enter('refuse'),
    resume: () => enter('pass'),
    close: async () => {
      cut()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

/** Like `pipe`, but leaves it to `reapply` whether the source flows again after back-pressure. */
function forward(from: Socket, to: Socket, reapply: () => void): void {
  from.on('data', (chunk: Buffer) => {
    if (to.destroyed || to.write(chunk)) return
    from.pause()
    to.once('drain', reapply)
  })
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
}
