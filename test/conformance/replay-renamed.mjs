// Replays the recorded scenarios, with the names that twin.ts gives replaced everywhere, against a running twin:
// nothing in the server may be fitted to the names in the recordings. Prints what run.mjs prints.
//   node test/conformance/replay-renamed.mjs --base URL [--shared DIR] [flags of run.mjs]
import './typescript.mjs'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const { renameJSON } = await import('./names.ts')

const flags = process.argv.slice(2)
const at = flags.indexOf('--shared')
const given = at < 0 ? fileURLToPath(new URL('../../../shared', import.meta.url)) : flags.splice(at, 2)[1]
const conformance = join(resolve(given ?? ''), 'conformance')
const scenarios = join(conformance, 'scenarios')
if (!existsSync(scenarios)) {
  console.log(`skipped: there are no recordings in ${scenarios}`)
  console.log('0 passed, 0 failed')
  process.exit(0)
}

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-renamed-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const name of readdirSync(scenarios).filter((file) => file.endsWith('.json'))) {
  const { kind, ...scenario } = JSON.parse(readFileSync(join(scenarios, name), 'utf8'))
  // The kind says which server a scenario is for, and run.mjs chooses by it.
  if (kind === 'wardle') writeFileSync(join(folder, name), JSON.stringify({ kind, ...renameJSON(scenario) }))
}

const child = spawn(process.execPath, [join(conformance, 'run.mjs'), ...flags, folder], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('close', (code) => process.exit(code ?? 1))
