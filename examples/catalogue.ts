import { FlagError } from './flags.js'
import type { Example } from './serve.js'

/** Loaded by name, so that an example brings only what it needs. */
const examples = new Map<string, () => Promise<Example>>([
  ['sample-apiserver', async () => (await import('./sample-apiserver/example.js')).sampleApiserver],
  ['existing-app', async () => (await import('./existing-app/example.js')).existingApp],
  ['hello-restful', async () => (await import('./hello-restful/example.js')).helloRestful],
  ['process-metrics', async () => (await import('./process-metrics/example.js')).processMetricsServer],
  ['user-service', async () => (await import('./user-service/example.js')).userService],
])

/** @throws {FlagError} when there is no example of this name */
export async function loadExample(name: string): Promise<Example> {
  const load = examples.get(name)
  if (!load) throw new FlagError(`no example ${JSON.stringify(name)}: there are ${[...examples.keys()].join(', ')}`)
  return load()
}
