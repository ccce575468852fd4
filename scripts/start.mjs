// `npm start`: installs and builds what is missing, then runs an example. Flags go through to it: `npm start -- --help`.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { installPackages } from './install.mjs'
import { root } from './run.mjs'

if (!installPackages() || !build()) process.exit(1)
const { main } = await import(pathToFileURL(join(root, '.cache/examples/main.js')).href)
await main(process.argv.slice(2))
