import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClosedError } from '../types.js'

/** Held while a store is open. */
export interface StoreLock {
  release(): Promise<void>
}

/** Who wrote a lock file. The start time tells a process from a later one with the same number. */
interface Holder {
  readonly pid: number
  readonly startTime: string
  readonly since: string
  readonly token: string
}

/** Stores of this very process, whose number and start time are no help. */
const held = new Set<string>()

const ATTEMPTS = 5

/**
 * Takes a folder by a file in it, for systems without abstract sockets. A file whose process has ended is set aside.
 *
 * @throws {ClosedError} when a running process holds the folder
 */
export async function lockFile(path: string): Promise<StoreLock> {
  const file = join(path, 'holder.json')
  const own: Holder = {
    pid: process.pid,
    startTime: (await startTimeOf(process.pid)) ?? '',
    since: new Date().toISOString(),
    token: randomUUID(),
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (await create(file, own)) {
      held.add(own.token)
      return { release: () => release(file, own) }
    }
    const holder = await read(file)
    if (holder !== undefined && (await isRunning(holder))) {
      throw new ClosedError(`the store ${path} is held by process ${holder.pid}, since ${holder.since}`)
    }
    await setAside(file, holder?.token)
  }
  throw new ClosedError(`the store ${path} is held by processes that come and go`)
}

async function release(file: string, own: Holder): Promise<void> {
  held.delete(own.token)
  if ((await read(file))?.token === own.token) await unlink(file).catch(() => {})
}

/** Writes the whole file beside its place and links it in, so that nobody ever reads half of it. */
async function create(file: string, own: Holder): Promise<boolean> {
  const draft = `${file}.${own.token}`
  await writeFile(draft, JSON.stringify(own), { mode: 0o600 })
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft).catch(() => {})
  }
}

async function read(file: string): Promise<Holder | undefined> {
  try {
    const holder = Object(JSON.parse(await readFile(file, 'utf8'))) as Partial<Holder>
    const { pid, startTime = '', since = 'unknown', token = '' } = holder
    return typeof pid === 'number' ? { pid, startTime, since, token } : undefined
  } catch {
    return undefined
  }
}

/** Moves a dead holder's file away; puts it back if another opener was faster and the file is a living one's. */
async function setAside(file: string, token: string | undefined): Promise<void> {
  const aside = `${file}.${randomUUID()}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  if ((await read(aside))?.token !== token) await link(aside, file).catch(() => {})
  await unlink(aside).catch(() => {})
}

async function isRunning(holder: Holder): Promise<boolean> {
  if (holder.pid === process.pid) return held.has(holder.token)
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const startTime = await startTimeOf(holder.pid)
  // Without start times the number alone must do: better refused than two writers.
  return startTime === undefined || holder.startTime === '' || startTime === holder.startTime
}

/** When a process began, as its system tells it; undefined when it does not. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return linuxStartTime(pid)
  const [command, ...args] =
    process.platform === 'win32'
      ? ['powershell', '-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]
      : ['ps', '-o', 'lstart=', '-p', String(pid)]
  return new Promise((resolve) => {
    execFile(command!, args, { timeout: 5_000, env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim() || undefined),
    )
  })
}

/** The 22nd field of /proc/pid/stat, in ticks since boot (proc(5)); the second may hold blanks and brackets. */
async function linuxStartTime(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1')
    return `${boot.trim()}/${text.slice(text.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return undefined
  }
}
