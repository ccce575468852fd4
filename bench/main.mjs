// `npm run bench`, once everything is built.
import { cpus } from 'node:os'
import { hasEtcd } from './etcd.mjs'
import { measureAll } from './measure.mjs'
import { soak } from './soak.mjs'
import { table } from './table.mjs'
import { startTargets } from './targets.mjs'

/** @returns {Promise<number>} the exit code: 1 when answers were wrong, or memory grew under a soak */
export async function main(flags) {
  const wanted = withoutMissing(flags)
  if (wanted.store.length === 0) return 1
  if (flags.command === 'soak') return (await soak(wanted, console.log)) ? 0 : 1
  const { targets, stop } = await startTargets(wanted)
  try {
    const rows = await measureAll(targets, wanted, (text) => console.error(text))
    console.log(flags.json ? JSON.stringify(document(rows, wanted), undefined, 2) : table(rows, wanted))
    return 0
  } finally {
    await stop()
  }
}

function withoutMissing(flags) {
  if (!flags.store.includes('etcd') || hasEtcd()) return flags
  console.error('etcd is not on PATH (Debian: apt-get install etcd-server): its figures are left out')
  return { ...flags, store: flags.store.filter((name) => name !== 'etcd') }
}

function document(rows, { secs, rounds, conns, watchers }) {
  return { node: process.version, cpus: cpus().length, secs, rounds, conns, watchers, rows }
}
