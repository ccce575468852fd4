import { loadExample } from './catalogue.js'
import { FlagError, parseFlags, usage } from './flags.js'

/** Runs one of the examples; `npm start` ends up here. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const flags = parseFlags(args)
    if (flags.help) return console.log(usage)
    const example = await loadExample(flags.example)
    if (flags.workers === undefined) {
      const { serve } = await import('./serve.js')
      await serve(example, flags)
    } else {
      const { serveByWorkers } = await import('./workers.js')
      await serveByWorkers(example, flags, flags.workers)
    }
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}
