import { basename, dirname, extname, join } from 'node:path'

/** How a log file's older parts are named: `audit-2001-02-03T04-05-06.789.log`, with `.gz` behind it when packed. */
export interface BackupName {
  readonly folder: string
  readonly prefix: string
  readonly extension: string
}

export function backupName(path: string): BackupName {
  const extension = extname(path)
  return { folder: dirname(path), prefix: `${basename(path, extension)}-`, extension }
}

export const PACKED = '.gz'

/** The name for a part that ends at `time`. */
export function backupPath({ folder, prefix, extension }: BackupName, time: Date): string {
  const stamp = time.toISOString().slice(0, -1).replaceAll(':', '-')
  return join(folder, `${prefix}${stamp}${extension}`)
}

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3})$/

/** When the part of this name ended, in milliseconds since the epoch; undefined for the name of anything else. */
export function backupTime({ prefix, extension }: BackupName, file: string): number | undefined {
  const plain = file.endsWith(PACKED) ? file.slice(0, -PACKED.length) : file
  if (!plain.startsWith(prefix) || !plain.endsWith(extension)) return undefined
  const stamp = STAMP.exec(plain.slice(prefix.length, plain.length - extension.length))
  if (!stamp) return undefined
  const time = Date.parse(`${stamp[1]}:${stamp[2]}:${stamp[3]}Z`)
  return Number.isNaN(time) ? undefined : time
}
