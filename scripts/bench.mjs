// `npm run bench`: installs and builds what is missing, then measures. Flags go through: `npm run bench -- --help`.
import { FlagError, parseFlags, usage } from '../bench/flags.mjs'
import { root, run } from './run.mjs'

/** Standard output is the table's, or one JSON document's. */
const step = (script) => run(process.execPath, [`${root}scripts/${script}`], { stdio: ['ignore', 2, 2] })

function flagsOrExit() {
  try {
    return parseFlags(process.argv.slice(2))
  } catch (err) {
    if (!(err instanceof FlagError)) throw err
    console.error(err.message)
    process.exit(2)
  }
}

const flags = flagsOrExit()
if (flags.help) {
  console.log(usage)
  process.exit()
}
if (!step('install.mjs') || !step('build.mjs')) process.exit(1)

// Whatever ends this process: children and temporary folders go in its 'exit' handlers.
process.on('SIGTERM', () => process.exit(143))
process.on('SIGINT', () => process.exit(130))
const { main } = await import('../bench/main.mjs')
process.exitCode = await main(flags).catch((err) => {
  console.error(`the benchmark failed: ${err.message}`)
  return 1
})
