import type { Context } from '../../../meta/context.js'
import { UnavailableError } from '../types.js'
import { untilOver } from './deadline.js'
import type { Driver, HostClient } from './driver.js'

/** How long a host that failed a call is passed over while another one is ready. */
const SUSPECT_MS = 2_000
/** How long a connection to another host may take before a host that failed is asked all the same. */
const GRACE_MS = 250

/** The hosts of a cluster, and which of them to ask. Stays with one host as long as that works. @internal */
export class Hosts {
  private current = 0
  private readonly suspectUntil = new Map<string, number>()

  private constructor(private readonly clients: readonly HostClient[]) {}

  static async connect(driver: Driver, hosts: readonly string[]): Promise<Hosts> {
    return new Hosts(await Promise.all(hosts.map((host) => driver(host))))
  }

  /** The client of a host by name, connected or not. */
  client(host: string): HostClient {
    return this.clients.find((client) => client.host === host) ?? this.clients[0]!
  }

  /** A connected host at once, if there is one that has not failed lately. */
  readyNow(): HostClient | undefined {
    for (let i = 0; i < this.clients.length; i++) {
      const index = (this.current + i) % this.clients.length
      const client = this.clients[index]!
      if (!this.isSuspect(client) && client.isReady()) {
        this.current = index
        return client
      }
    }
    return undefined
  }

  /** The first host to be connected; throws {@link UnavailableError} when none is by `deadline`. */
  async ready(context: Context, deadline: number): Promise<HostClient> {
    const failed = this.clients.find((client) => client.isReady())
    if (failed === undefined) return this.firstReady(this.clients, context, deadline)
    // A host that failed lately is better than none, but the others get a moment to connect.
    const others = this.clients.filter((client) => !this.isSuspect(client))
    if (others.length === 0) return failed
    return this.firstReady(others, context, Math.min(deadline, Date.now() + GRACE_MS)).catch(() => failed)
  }

  /** Says that a call to this host failed in a way that may be the host's fault. */
  suspect(host: string): void {
    this.suspectUntil.set(host, Date.now() + SUSPECT_MS)
  }

  close(): void {
    for (const client of this.clients) client.close()
  }

  private async firstReady(clients: readonly HostClient[], context: Context, deadline: number): Promise<HostClient> {
    const waits = clients.map((client) => client.waitForReady(deadline).then(() => client))
    try {
      const client = await untilOver(Promise.any(waits), context)
      this.current = this.clients.indexOf(client)
      return client
    } catch (error) {
      if (error instanceof UnavailableError) throw error
      const names = clients.map(({ host }) => host).join(', ')
      throw new UnavailableError(`etcd: no host is reachable (${names})`, { cause: error })
    }
  }

  private isSuspect({ host }: HostClient): boolean {
    const until = this.suspectUntil.get(host)
    if (until === undefined) return false
    if (Date.now() < until) return true
    this.suspectUntil.delete(host)
    return false
  }
}
