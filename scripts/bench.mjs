// `npm run bench`: installs and builds what is missing, then measures. Flags go through: `npm run bench -- --help`.
import { FlagError, parseFlags, usage } from '../bench/flags.mjs'
import { parseRoutingFlags, RoutingFlagError, usage as routingUsage } from '../bench/routing/run.mjs'
import { root, run } from './run.mjs'

const args = process.argv.slice(2)
const routing = args[0] === 'routing'

/** Standard output is the table's, or one JSON document's. */
const step = (script) => run(process.execPath, [`${root}scripts/${script}`], { stdio: ['ignore', 2, 2] })

function flagsOrExit() {
  try {
    return routing ? parseRoutingFlags(args.slice(1)) : parseFlags(args)
  } catch (err) {
    if (!(err instanceof FlagError || err instanceof RoutingFlagError)) throw err
    console.error(err.message)
    process.exit(2)
  }
}

/** @returns {Promise<number>} the exit code */
async function measure(flags) {
  if (routing) return (await import('../bench/routing/run.mjs')).main(args.slice(1))
  return (await import('../bench/main.mjs')).main(flags)
}

const flags = flagsOrExit()
if (flags.help) {
  console.log(routing ? routingUsage : usage)
  process.exit()
}
if (!step('install.mjs') || !step('build.mjs')) process.exit(1)

// A signal to npm ends npm and its shell, and leaves what the shell had started: so the end of the shell is our signal.
if (process.env.npm_lifecycle_event === 'bench') {
  const shell = process.ppid
  setInterval(() => process.ppid === shell || process.kill(process.pid, 'SIGTERM'), 200).unref()
}
// Whatever ends this process: children and temporary folders go in its 'exit' handlers.
process.on('SIGTERM', () => process.exit(143))
process.on('SIGINT', () => process.exit(130))
process.exitCode = await measure(flags).catch((err) => {
  console.error(`the benchmark failed: ${err.message}`)
  return 1
})
