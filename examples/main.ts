import { FlagError, parseFlags, usage } from './flags.js'
import type { Example } from './serve.js'

/** Loaded by name, so that an example brings only what it needs. */
const examples = new Map<string, () => Promise<Example>>([
  ['sample-apiserver', async () => (await import('./sample-apiserver/example.js')).sampleApiserver],
  ['existing-app', async () => (await import('./existing-app/example.js')).existingApp],
  ['hello-restful', async () => (await import('./hello-restful/example.js')).helloRestful],
  ['user-service', async () => (await import('./user-service/example.js')).userService],
])

/** Runs one of the examples; `npm start` ends up here. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const flags = parseFlags(args)
    if (flags.help) return console.log(usage)
    const load = examples.get(flags.example)
    if (!load)
      throw new FlagError(`no example ${JSON.stringify(flags.example)}: there are ${[...examples.keys()].join(', ')}`)
    const { serve } = await import('./serve.js')
    await serve(await load(), flags)
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}
