import { mkdir, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { ClosedError, KVError } from '../types.js'
import { lockFile, type StoreLock } from './lock-file.js'

/** Says who holds a lock, in one line of text. */
const identity = (): string => `process ${process.pid}, since ${new Date().toISOString()}`

/**
 * Takes the folder for this process: LMDB itself lets any number of processes write.
 * On Linux an abstract unix socket is the lock, which the kernel frees with the process, however it ends.
 * It is seen within one network namespace: containers that share a volume must share that too.
 *
 * @throws {ClosedError} when somebody else holds the store, saying who
 */
export async function lockFolder(path: string, kind: 'socket' | 'file' = defaultKind()): Promise<StoreLock> {
  await mkdir(path, { recursive: true })
  if (kind === 'file') return lockFile(path)
  const { dev, ino } = await stat(path, { bigint: true })
  return lockSocket(path, `\0express-apiserver-lmdb-${dev}-${ino}`)
}

const defaultKind = () => (process.platform === 'linux' ? 'socket' : 'file')

const ATTEMPTS = 5

async function lockSocket(path: string, address: string): Promise<StoreLock> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const server = await listen(address)
    if (server !== undefined) return { release: () => new Promise((resolve) => server.close(() => resolve())) }
    const holder = await askHolder(address)
    // Refused means that the holder ended between our two steps.
    if (holder !== undefined) throw new ClosedError(`the store ${path} is held by ${holder}`)
  }
  throw new ClosedError(`the store ${path} is held by processes that come and go`)
}

/** Resolves with undefined when the address is taken. */
function listen(address: string): Promise<Server | undefined> {
  const who = identity()
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end(who)
    })
    server.unref()
    server.maxConnections = 8
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(new KVError('the store cannot be locked', { cause: error }))
    })
    // Exclusive: workers of a cluster would otherwise share the one socket of their primary.
    server.listen({ path: address, exclusive: true }, () => resolve(server))
  })
}

const ANSWER_MS = 1_000
const ANSWER_LENGTH = 200

/** Who holds the lock; undefined when nobody does any more. */
function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect({ path: address })
    const finish = (holder: string | undefined) => {
      socket.destroy()
      resolve(holder)
    }
    socket.setTimeout(ANSWER_MS, () => finish('another process, which does not answer'))
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      answer = (answer + text).slice(0, ANSWER_LENGTH)
    })
    socket.on('end', () => finish(answer || 'another process'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      finish(error.code === 'ECONNREFUSED' ? undefined : 'another process'),
    )
  })
}
