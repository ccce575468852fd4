import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { outputOf } from './child-program.js'

export interface KubectlBinary {
  readonly name: string
  readonly path: string
  readonly there: boolean
}

const old = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'express-apiserver', 'kubectl-1.20')

function onPath(): KubectlBinary[] {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'kubectl'))
  const path = paths.find((candidate) => existsSync(candidate))
  return path ? [{ name: 'kubectl on PATH', path, there: true }] : []
}

/** Debian 12's kubectl, which `npm test` unpacks into the cache, and the one that is installed. Under CI the first must be there. */
export const kubectlBinaries: readonly KubectlBinary[] = [
  { name: 'kubectl 1.20', path: old, there: existsSync(old) || process.env.CI === 'true' },
  ...onPath(),
]

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Kubectl {
  /** Runs a command to its end, whatever its exit code. */
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Record<string, string> },
  ): Promise<Ran>
  /** Runs a command and returns its output; rejects unless it ends with 0. */
  ok(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Record<string, string> },
  ): Promise<string>
  /** Runs a command that goes on, such as `get -w`, until its output matches; returns what it printed. */
  until(args: readonly string[], pattern: RegExp, meanwhile?: Meanwhile): Promise<string>
}

/** What to do while a command goes on, once its output says that it is ready for it. */
export interface Meanwhile {
  readonly when: RegExp
  act(): Promise<unknown>
}

/**
 * A kubectl without memory of other servers.
 *
 * @param home an empty folder, so that neither a kubeconfig nor a discovery cache is found
 */
export function kubectl(binary: KubectlBinary, server: string, home: string): Kubectl {
  mkdirSync(home, { recursive: true })
  const apart = { HOME: home, KUBECONFIG: '/dev/null', KUBECACHEDIR: join(home, 'cache') }
  const env = { PATH: process.env.PATH ?? '', TERM: 'dumb', ...apart }
  const start = (args: readonly string[], extra: Record<string, string> = {}): ChildProcess =>
    spawn(binary.path, ['--server', server, ...args], { cwd: home, env: { ...env, ...extra }, stdio: 'pipe' })

  const run: Kubectl['run'] = (args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = start(args, options.env)
      const output = outputOf(child)
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(options.input ?? '')
      child.once('error', reject)
      child.once('close', (code) => resolve({ code: code ?? -1, ...output }))
    })

  return {
    run,
    async ok(args, options) {
      const { code, stdout, stderr } = await run(args, options)
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`)
      return stdout
    },
    until(args, pattern, meanwhile) {
      return new Promise((resolve, reject) => {
        const child = start(args)
        let output = ''
        let begun = false
        const hear = (text: string) => {
          output += text
          if (meanwhile && !begun && meanwhile.when.test(output)) {
            begun = true
            meanwhile.act().catch(reject)
          }
          if (pattern.test(output)) {
            child.kill('SIGKILL')
            resolve(output)
          }
        }
        child.stdout?.setEncoding('utf8').on('data', hear)
        child.stderr?.setEncoding('utf8').on('data', hear)
        child.stdin?.end()
        child.once('error', reject)
        child.once('close', () => reject(new Error(`kubectl ${args.join(' ')} ended: ${output}`)))
      })
    },
  }
}
