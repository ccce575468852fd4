// A process that opens a store and does one thing with it, for tests that end, trace or race processes.
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { backgroundContext } from '../../../../lib/meta/context.js'
import { lmdb } from '../../../../lib/storage/kv/lmdb/index.js'

const ctx = backgroundContext()
const [mode = '', path = '', option = ''] = process.argv.slice(2)
const say = (line: string) => writeSync(1, `${line}\n`)

/** A value that shows whether it is whole: its own hash, then that many bytes. */
function sealed(seed: string, size: number): Buffer {
  const body = Buffer.alloc(size, seed)
  return Buffer.concat([createHash('sha256').update(body).digest(), body])
}

/** Writes without end, and says every acknowledgement. */
async function write(): Promise<void> {
  const kv = lmdb(path)
  await kv.open(ctx)
  say(`open ${await kv.currentRevision(ctx)}`)
  const worker = async (w: number) => {
    for (let i = 0; ; i++) {
      const key = `/k/${w}/${process.pid}-${i % 7}`
      const { kv: current } = await kv.get(ctx, key)
      const value = sealed(`${w}-${i}`, (i * 977) % 9_000)
      const result =
        current === undefined
          ? await kv.create(ctx, key, value)
          : i % 5 === 0
            ? await kv.delete(ctx, key, current.modRevision)
            : await kv.update(ctx, key, value, current.modRevision)
      say(`ack ${result.ok ? result.revision : 'lost'} ${key}`)
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, w) => worker(w)))
}

/** A few serial writes between marks, to be seen in a trace. */
async function trace(): Promise<void> {
  const kv = lmdb(path, { unsafeNoSync: option === 'no-sync' })
  await kv.open(ctx)
  for (let i = 0; i < 5; i++) {
    say(`mark begin ${i}`)
    await kv.create(ctx, `/trace/${i}`, sealed(String(i), 3_000))
    say(`mark ack ${i}`)
  }
  process.exit(0)
}

/** Opens, says how that went, and stays until it is ended. */
async function hold(): Promise<void> {
  const kv = lmdb(path, option === 'file' || option === 'socket' ? { lock: option } : {})
  try {
    await kv.open(ctx)
    say('held')
    setInterval(() => {}, 1_000)
  } catch (error) {
    say(`refused ${(error as Error).name}: ${(error as Error).message}`)
  }
}

/** Says whether the driver is there before and after `open()`. */
async function load(): Promise<void> {
  const loaded = () => '__lmdb_envs__' in globalThis
  const kv = lmdb(path)
  say(`made ${loaded()}`)
  await kv.open(ctx)
  say(`opened ${loaded()}`)
  await kv.close()
}

const modes = new Map([
  ['write', write],
  ['trace', trace],
  ['hold', hold],
  ['load', load],
])
await modes.get(mode)!()
