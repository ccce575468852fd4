import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { outputOf } from './child-program.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const startLimitMs = 30_000

/** What a hook that begins with {@link ensureBuilt} may take. */
export const buildTimeoutMs = 240_000

/** Compiles lib/ and examples/ where their sources changed; `npm test` has done so before. */
export function ensureBuilt(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`)
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface ExampleProcess {
  readonly url: string
  readonly pid: number
  /** What it printed so far. */
  output(): string
  readonly exited: Promise<Exit>
  /** Sends the signal (SIGTERM) and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The compiled examples' command line, as `npm start` calls it. */
const program = "import('./.cache/examples/main.js').then((m) => m.main(process.argv.slice(1)))"

function spawnExample(args: readonly string[]): { child: ChildProcess; exited: Promise<Exit>; output: () => string } {
  const child = spawn(process.execPath, ['-e', program, '--', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const output = outputOf(child)
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal, ...output })
    })
  })
  return { child, exited, output: () => output.stdout + output.stderr }
}

/** Runs an example until it ends by itself: for flags that are refused. */
export function runExample(args: readonly string[]): Promise<Exit> {
  return spawnExample(args).exited
}

/** Starts an example server, on a free port unless `args` say otherwise, and waits until it tells its address. */
export async function startExample(args: readonly string[]): Promise<ExampleProcess> {
  const port = args.includes('--port') ? [] : ['--port', '0']
  const { child, exited, output } = spawnExample([...port, ...args])
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return exited
  }
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const line = / on (http:\/\/\S+)\n/.exec(output())
      if (line?.[1]) resolve(line[1])
    }
    child.stdout?.on('data', look)
    setTimeout(() => reject(new Error(`no address after ${startLimitMs} ms: ${output()}`)), startLimitMs).unref()
    exited.then(({ stderr }) => reject(new Error(`the example ended: ${stderr}`)))
  }).catch(async (error: unknown) => {
    await stop('SIGKILL')
    throw error
  })
  return { url, pid: child.pid ?? 0, output, exited, stop }
}
