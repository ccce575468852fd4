import type { Random } from './random.js'
import { type Deployment, EtcdDeployment, type StoreName } from './store.js'
import type { Truth } from './truth.js'

/** What can be done to a deployment, with the stores that it can be done on. */
const stores = {
  'server-kill': ['lmdb', 'etcd'],
  'server-stop': ['lmdb', 'etcd'],
  'server-pause': ['lmdb', 'etcd'],
  'etcd-kill': ['etcd'],
  'etcd-stop': ['etcd'],
  'etcd-freeze': ['etcd'],
  'leader-loss': ['etcd'],
  'net-drop': ['etcd'],
  'net-reset': ['etcd'],
  'net-half': ['etcd'],
  compact: ['lmdb', 'etcd'],
  /** Others write elsewhere in the same etcd: the revision rises without an event for anybody here. */
  foreign: ['etcd'],
  /** A snapshot is put back: the store's history is another one from there on. */
  restore: ['lmdb', 'etcd'],
} as const satisfies Record<string, readonly StoreName[]>

export type FaultName = keyof typeof stores

export const faultNames = Object.keys(stores) as FaultName[]

export const isFault = (name: string): name is FaultName => Object.hasOwn(stores, name)

export const fits = (fault: FaultName, store: StoreName): boolean =>
  (stores[fault] as readonly StoreName[]).includes(store)

/** A fault that begins and ends; the other two go through a whole run. */
export type PassingFault = Exclude<FaultName, 'foreign' | 'restore'>

export const isPassing = (fault: FaultName): fault is PassingFault => fault !== 'foreign' && fault !== 'restore'

type Heal = () => Promise<void>

const nothing: Heal = async () => undefined

/** Compactions leave about so many revisions, so that some who come back find their place and some do not. */
const KEPT_REVISIONS = 30

/** Does it, and says how it is undone. */
export async function inject(fault: PassingFault, deployment: Deployment, truth: Truth, random: Random): Promise<Heal> {
  switch (fault) {
    case 'server-kill':
    case 'server-stop':
      return endServer(deployment, random, fault === 'server-kill' ? 'SIGKILL' : 'SIGTERM')
    case 'server-pause': {
      const server = random.pick(deployment.servers)
      await server.freeze()
      return async () => server.thaw()
    }
    case 'compact':
      return compact(deployment, truth, random)
    default:
      return deployment instanceof EtcdDeployment ? injectBelow(fault, deployment, random) : nothing
  }
}

async function endServer({ servers }: Deployment, random: Random, signal: 'SIGKILL' | 'SIGTERM'): Promise<Heal> {
  const server = random.pick(servers)
  await server.kill(signal)
  return () => server.start()
}

async function compact(deployment: Deployment, truth: Truth, random: Random): Promise<Heal> {
  // Whoever is to tell may be away at the moment: then there is no compaction this time.
  const rev = await truth.catchUp().catch(() => 0)
  const revision = rev - random.between(0, KEPT_REVISIONS)
  if (revision < 2) return nothing
  truth.noteCompaction(revision)
  await deployment.compact(revision).catch(() => undefined)
  return nothing
}

type EtcdFault = Exclude<PassingFault, 'server-kill' | 'server-stop' | 'server-pause' | 'compact'>

async function injectBelow(fault: EtcdFault, deployment: EtcdDeployment, random: Random): Promise<Heal> {
  const { cluster, members } = deployment
  const member = random.between(0, members - 1)
  const restart = () => cluster.restart()
  switch (fault) {
    case 'etcd-kill':
      await cluster.kill(member)
      return restart
    case 'etcd-stop':
      await cluster.stop(member)
      return restart
    case 'etcd-freeze':
      return freeze(deployment, member)
    case 'leader-loss': {
      const leader = Math.max(0, await cluster.leader())
      if (random.chance(0.5)) return freeze(deployment, leader)
      await cluster.kill(leader)
      return restart
    }
    case 'net-drop':
    case 'net-reset':
    case 'net-half':
      return cutNetwork(fault, deployment, random)
  }
}

async function freeze({ cluster }: EtcdDeployment, member: number): Promise<Heal> {
  await cluster.freeze(member)
  return async () => cluster.thaw(member)
}

/** Of one server or of all, to one member or to all. */
async function cutNetwork(
  fault: 'net-drop' | 'net-reset' | 'net-half',
  { proxies }: EtcdDeployment,
  random: Random,
): Promise<Heal> {
  const own = random.chance(0.6) ? random.pick(proxies) : proxies.flat()
  const cut = own.length > 1 && random.chance(0.3) ? [random.pick(own)] : own
  for (const proxy of cut) {
    if (fault === 'net-drop') proxy.pause()
    else if (fault === 'net-half') proxy.holdAnswers()
    else proxy.refuse()
  }
  const breaksAfterwards = random.chance(0.5)
  return async () => {
    for (const proxy of cut) {
      // What was held back is lost, as often as not.
      if (breaksAfterwards) proxy.cut()
      proxy.resume()
    }
  }
}
