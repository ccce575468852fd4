// One process of `--workers N`: workers.ts starts it with the flags as its only argument.
import { loadExample } from './catalogue.js'
import type { Flags } from './flags.js'
import { startServer } from './serve.js'

const flags = JSON.parse(process.argv[2] ?? '') as Flags
await startServer(await loadExample(flags.example), flags)
