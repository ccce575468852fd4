// `npm start`: installs and builds what is missing, then runs an example. Flags go through to it: `npm start -- --help`.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { installPackages } from './install.mjs'
import { root } from './run.mjs'

// A signal to npm ends npm and its shell, and leaves what the shell had started: so the end of the shell is our signal.
if (process.env.npm_lifecycle_event === 'start') {
  const shell = process.ppid
  setInterval(() => process.ppid === shell || process.kill(process.pid, 'SIGTERM'), 200).unref()
}

if (!installPackages() || !build()) process.exit(1)
const { main } = await import(pathToFileURL(join(root, '.cache/examples/main.js')).href)
await main(process.argv.slice(2))
