// `npm test`: installs what is missing, builds, lints, type-checks, runs every suite, and says the sum in the last line.
// Arguments go through to vitest: `npm test -- test/restful`.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { installPackages } from './install.mjs'
import { root, run } from './run.mjs'
import { installTools } from './tools.mjs'

const ci = process.env.CI === 'true'
const sum = { passed: 0, failed: 0 }

function check(title, passed) {
  sum[passed ? 'passed' : 'failed']++
  if (!passed) console.error(`FAILED: ${title}`)
  return passed
}

function finish() {
  console.log(`${sum.passed} passed, ${sum.failed} failed`)
  process.exit(sum.failed > 0 ? 1 : 0)
}

/** @returns {string[]} vitest's flags that leave out the suites whose tool is missing */
function checkTools() {
  return installTools().flatMap((tool) => {
    console.log(`${tool.name} is missing: ${tool.hint}`)
    if (ci) check(`${tool.name} is there`, false)
    else console.log(`skipped without it: ${tool.suites}`)
    return ci ? [] : suitesThatNeed(tool).flatMap((file) => ['--exclude', file])
  })
}

function suitesThatNeed({ mark }) {
  if (mark === undefined) return []
  const files = readdirSync(join(root, 'test'), { recursive: true }).filter((file) => file.endsWith('.test.ts'))
  const paths = files.map((file) => join('test', file))
  return paths.filter((file) => readFileSync(join(root, file), 'utf8').includes(mark))
}

function runSuites(excluded) {
  const report = join(root, '.cache/vitest.json')
  mkdirSync(join(root, '.cache'), { recursive: true })
  rmSync(report, { force: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const succeeded = run(process.execPath, [vitest, 'run', ...reporters, ...excluded, ...process.argv.slice(2)])
  countReport(report, succeeded)
}

/** A suite that could not be loaded has no tests to count, so it counts as one failure. */
function countReport(report, succeeded) {
  const failedBefore = sum.failed
  const skipped = []
  for (const file of readReport(report)) {
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) sum.failed++
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') sum.passed++
      else if (status === 'failed') sum.failed++
      else skipped.push(fullName)
    }
  }
  for (const name of skipped) console.log(`skipped: ${name}`)
  if (!succeeded && sum.failed === failedBefore) check('vitest ended well', false)
}

function readReport(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8')).testResults
  } catch {
    return []
  }
}

if (!check('npm ci', installPackages())) finish()
const excluded = checkTools()
if (!check('npm run build', build())) finish()
check('npm run lint', run('npm', ['run', '--silent', 'lint']))
check(
  'type check',
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']),
)
runSuites(excluded)
finish()
