// `npm run bench`, once everything is built.
import { cpus } from 'node:os'
import { hasEtcd } from './etcd.mjs'

/** @returns {Promise<number>} the exit code: 1 when answers were wrong, or memory grew under a soak */
export async function main(flags) {
  const wanted = withoutMissing(flags)
  if (wanted.store.length === 0) return 1
  return commands[flags.command](wanted)
}

const progress = (text) => console.error(text)

const failures = (rows) => (rows.some(({ error }) => error !== undefined) ? 1 : 0)

const commands = {
  async rates(flags) {
    const { measureAll } = await import('./measure.mjs')
    const { table } = await import('./table.mjs')
    const measured = await measureAll(flags, progress)
    console.log(flags.json ? document(flags, measured) : table(measured, flags))
    return failures(measured.rows)
  },

  async limits(flags) {
    const { measureLimits, limitsText } = await import('./limits/index.mjs')
    const rows = await measureLimits(flags, progress)
    console.log(flags.json ? document(flags, { rows }) : limitsText(rows))
    return failures(rows)
  },

  async soak(flags) {
    const { soak } = await import('./soak.mjs')
    return (await soak(flags, console.log)) ? 0 : 1
  },
}

function withoutMissing(flags) {
  if (!flags.store.includes('etcd') || hasEtcd()) return flags
  console.error('etcd is not on PATH (Debian: apt-get install etcd-server): its figures are left out')
  return { ...flags, store: flags.store.filter((name) => name !== 'etcd') }
}

function document({ secs, rounds, conns, watchers, objects, foreign }, results) {
  const given = { secs, rounds, conns, watchers, objects, foreign }
  return JSON.stringify({ node: process.version, cpus: cpus().length, ...given, ...results }, undefined, 2)
}
