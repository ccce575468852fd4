import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a module of this folder in a thread of its own. Node 20 runs no TypeScript: where the package runs from its
 * sources, as under its own tests, the thread translates them with the compiler that is there.
 */
export function startThread(module: string, given: WorkerOptions): Worker {
  // The process's own flags (`--input-type`, `--import`) are about its program.
  const options = { ...given, execArgv: [] }
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const entry = new URL(`./${module}${extension}`, import.meta.url)
  if (extension === '.js') return new Worker(entry, options)
  return new Worker(FROM_SOURCES, { ...options, eval: true, workerData: { entry: entry.href, hooks: HOOKS } })
}

const HOOKS = `data:text/javascript,${encodeURIComponent(`
  import { readFile } from 'node:fs/promises'
  import { createRequire } from 'node:module'
  let ts
  export function initialize(entry) { ts = createRequire(entry)('typescript') }
  export function resolve(specifier, context, next) {
    const ours = specifier.startsWith('.') && context.parentURL?.endsWith('.ts')
    return next(ours ? specifier.replace(/\\.js$/, '.ts') : specifier, context)
  }
  export async function load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context)
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true }
    const { outputText } = ts.transpileModule(await readFile(new URL(url), 'utf8'), { compilerOptions })
    return { format: 'module', shortCircuit: true, source: outputText }
  }
`)}`

const FROM_SOURCES = `
  const { workerData } = require('node:worker_threads')
  require('node:module').register(workerData.hooks, { data: workerData.entry })
  import(workerData.entry)
`
