import { ClosedError, CompactedError, KVError } from '../types.js'
import { Compactor } from './compaction.js'
import { checkDataFile, freeBytes } from './data-file.js'
import { toKVError } from './errors.js'
import { checkFormat } from './format.js'
import { History } from './history.js'
import { WatchHub } from './hub.js'
import { Leases } from './leases.js'
import { lockFolder } from './lock.js'
import { Pins } from './pins.js'
import { Reader } from './reader.js'
import { type Environment, openEnvironment, openTables, type Tables } from './tables.js'
import { Writer } from './writer.js'

export interface OpenOptions {
  readonly mapSize: number
  readonly maxValueBytes: number
  readonly historyLimit: number
  readonly compactionIntervalMs: number
  readonly noSync: boolean
  readonly lock: 'socket' | 'file' | undefined
  readonly onCompactionSlice: ((events: number) => void) | undefined
}

/** The parts of an open store. */
export interface OpenStore {
  readonly writer: Writer
  readonly reader: Reader
  readonly hub: WatchHub
  readonly leases: Leases
  readonly compactor: Compactor
  readonly pins: Pins
  close(): Promise<void>
}

/** Locks the folder, opens what is in it, checks that it is ours, and starts what runs by itself. */
export async function openStore(path: string, options: OpenOptions): Promise<OpenStore> {
  const lock = await lockFolder(path, options.lock).catch((error: unknown) => {
    throw toKVError(error, `the store ${path} must be a folder that this process can make and write in`)
  })
  let env: Environment | undefined
  try {
    await checkDataFile(path)
    env = await openEnvironment(path, options.noSync)
    checkFormat(env, path)
    const parts = assemble(openTables(env), path, options)
    const opened = env
    return {
      ...parts,
      async close() {
        parts.leases.close()
        await parts.compactor.close()
        await parts.writer.close()
        parts.hub.end(new ClosedError('the store is closed'))
        await opened.close()
        await lock.release()
      },
    }
  } catch (error) {
    await env?.close()
    await lock.release()
    throw error instanceof KVError ? error : toKVError(error, `the store ${path} cannot be opened`)
  }
}

function assemble(tables: Tables, path: string, options: OpenOptions): Omit<OpenStore, 'close'> {
  const pins = new Pins()
  const writer: Writer = new Writer(
    tables,
    {
      onVisible(changes, revision) {
        hub.publish(changes, revision)
        compactor.onVisible()
      },
      onAdmitted: (event) => leases.note(event),
      onDropped: () => leases.reload(),
      onBroken: (error) => hub.end(error),
    },
    { maxBytes: options.mapSize, freeBytes: () => freeBytes(path) },
  )
  const leases = new Leases(tables, writer)
  const reader = new Reader(tables, writer, pins)
  const compactor = new Compactor(tables, writer, pins, {
    intervalMs: options.compactionIntervalMs,
    historyLimit: options.historyLimit,
    onSlice: options.onCompactionSlice,
  })
  const history = new History(tables, pins, (key, revision) => reader.at(key, revision))
  const hub = new WatchHub({
    visible: () => writer.visible,
    refusal: (from) => (from <= pins.compacted ? new CompactedError(from, pins.compacted) : undefined),
    history: (prefix, from, to) => history.read(prefix, from, to),
  })
  leases.reload()
  return { writer, reader, hub, leases, compactor, pins }
}
