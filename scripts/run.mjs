// One way to start a command: its output goes where ours goes, and its failure is a value, not an exception.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, with a trailing slash. */
export const root = fileURLToPath(new URL('../', import.meta.url))

/** @returns {boolean} whether the command ended with 0 */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) console.error(`${command}: ${error.message}`)
  return status === 0
}

/** @returns {string | undefined} what the command printed, undefined when it failed or does not exist */
export function capture(command, args, options = {}) {
  const { status, stdout } = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options })
  return status === 0 ? stdout : undefined
}
