import { type FileHandle, open, statfs } from 'node:fs/promises'
import { endianness } from 'node:os'
import { join } from 'node:path'
import { KVError, NoSpaceError } from '../types.js'
import { toKVError } from './errors.js'

/** What the driver needs on the disk to begin. */
const ROOM_TO_OPEN = 1024 * 1024

/** In the first page: its kind, LMDB's magic number, and the version of its file format (lmdb.h, mdb.c). */
const KIND_AT = 18
const META_PAGE = 0x08
const MAGIC_AT = 24
const MAGIC = 0xbeefc0de
const VERSION_AT = 28
const FILE_VERSION = 2
const HEADER = 32

/**
 * Looks at the files before the driver does, because an open that fails inside the driver ends the process.
 *
 * @throws {KVError} when a file cannot be written, or is not LMDB's
 * @throws {NoSpaceError} when the disk has no room to begin
 */
export async function checkDataFile(folder: string): Promise<void> {
  if ((await freeBytes(folder)) < ROOM_TO_OPEN) throw new NoSpaceError(`the disk of ${folder} is full`)
  const file = join(folder, 'data.mdb')
  try {
    await (await open(join(folder, 'lock.mdb'), 'a+')).close()
    const handle = await open(file, 'a+')
    try {
      await checkHeader(handle, file)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw toKVError(error, `the store ${folder} cannot be used`)
  }
}

async function checkHeader(handle: FileHandle, file: string): Promise<void> {
  const header = Buffer.alloc(HEADER)
  const { bytesRead } = await handle.read(header, 0, HEADER, 0)
  if (bytesRead === 0) return
  const little = endianness() === 'LE'
  const kind = little ? header.readUInt16LE(KIND_AT) : header.readUInt16BE(KIND_AT)
  const magic = little ? header.readUInt32LE(MAGIC_AT) : header.readUInt32BE(MAGIC_AT)
  const version = (little ? header.readUInt32LE(VERSION_AT) : header.readUInt32BE(VERSION_AT)) & 0xffff
  if (kind !== META_PAGE || magic !== MAGIC || version !== FILE_VERSION) {
    throw new KVError(`${file} is not an LMDB database of format ${FILE_VERSION}`)
  }
}

/** Bytes that the disk still has for us; as many as one likes where the system does not tell. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
