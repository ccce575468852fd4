import { messageOf } from '../meta/errors.js'
import { readRegularFile } from './read-file.js'

/**
 * Reads a file that an option names: a regular one of 16 MiB at most. Waits for the disk.
 *
 * @param option as its user writes it: `authentication.tokenFile`
 * @throws Error that names the option, the file, and why it cannot be read
 */
export function readOptionFile(option: string, path: string): Buffer {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`${option} must be the path of a file, not ${JSON.stringify(path) ?? typeof path}`)
  try {
    return readRegularFile(path)
  } catch (err) {
    throw new Error(`${option}: the file ${path} cannot be read: ${messageOf(err)}`, { cause: err })
  }
}
