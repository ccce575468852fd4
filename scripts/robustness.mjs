// `npm run test:robustness`: installs and builds what is missing, then lets clients and faults loose on real servers and
// checks what the clients saw. Flags go through: `npm run test:robustness -- --help`.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { installPackages } from './install.mjs'
import { root } from './run.mjs'
import { installTools } from './tools.mjs'

const folders = ['support', 'robustness', 'robustness/check']

/** Node 20 runs no TypeScript. Types are looked at by `npm test`; here they only go. */
async function compile() {
  const { default: ts } = await import('typescript')
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, inlineSourceMap: true }
  for (const folder of folders) {
    mkdirSync(join(root, '.cache', folder), { recursive: true })
    for (const file of readdirSync(join(root, 'test', folder)).filter((name) => /(?<!\.test)\.ts$/.test(name))) {
      const fileName = join(root, 'test', folder, file)
      const { outputText } = ts.transpileModule(readFileSync(fileName, 'utf8'), { compilerOptions, fileName })
      writeFileSync(join(root, '.cache', folder, file.replace(/\.ts$/, '.js')), outputText)
    }
  }
}

if (!installPackages() || !build()) process.exit(1)
await compile()
const { FlagError, main, parseFlags } = await import(pathToFileURL(join(root, '.cache/robustness/main.js')).href)

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
const missing = installTools().find(({ name }) => name === 'etcd')
if (missing && flags.store !== 'lmdb' && !flags.help) {
  console.error(`etcd is missing: ${missing.hint}, or run with --store lmdb`)
  process.exit(1)
}
// A signal to npm ends npm and its shell, and leaves what the shell had started: so the end of the shell is our signal.
if (process.env.npm_lifecycle_event === 'test:robustness') {
  const shell = process.ppid
  setInterval(() => process.ppid === shell || process.kill(process.pid, 'SIGTERM'), 200).unref()
}
// Whatever ends this process: the servers go in its 'exit' handlers.
process.on('SIGTERM', () => process.exit(143))
process.on('SIGINT', () => process.exit(130))
// Not by itself: after many runs Node has been seen to spin while it takes its environment down.
process.exit(await main(process.argv.slice(2)))
