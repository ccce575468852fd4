import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Violation } from './check/check.js'
import { seenText } from './check/reads.js'
import type { Freshness, Operation, Selection, Watch, WatchedEvent, Write } from './history.js'
import type { RunResult } from './run.js'

const SHOWN_VIOLATIONS = 5
const SHOWN_EVENTS = 3

export const passed = ({ violations }: RunResult): boolean => violations.length === 0

/** One line a seed. */
export function summaryLine(result: RunResult, milliseconds: number): string {
  const { plan, violations } = result
  const store = plan.store === 'lmdb' ? 'lmdb' : `etcd (${plan.members} members, ${plan.servers} servers)`
  const { writes, reads, watches, events, expired } = countOf(result)
  const counts = `${writes} writes, ${reads} reads, ${watches} watches (${expired} expired), ${events} events`
  const verdict = violations.length === 0 ? 'ok' : `${violations.length} VIOLATIONS`
  const faults = plan.faults.join(',') || 'none'
  return `seed ${plan.seed}  ${store}  ${faults}  ${counts}  ${(milliseconds / 1000).toFixed(1)} s  ${verdict}`
}

export interface Counts {
  readonly writes: number
  readonly reads: number
  readonly watches: number
  readonly expired: number
  readonly events: number
}

export function countOf({ histories }: RunResult): Counts {
  const operations = histories.flatMap((history) => history.operations)
  const watches = operations.filter(({ kind }) => kind === 'watch') as Watch[]
  return {
    writes: operations.filter(({ kind }) => kind === 'write').length,
    reads: operations.filter(({ kind }) => kind === 'get' || kind === 'list').length,
    watches: watches.length,
    expired: watches.filter(({ end }) => end === 'expired').length,
    events: watches.reduce((sum, { events }) => sum + events.length, 0),
  }
}

/** Writes everything to a folder and says which rules were broken, by whom. */
export function explainFailure({ plan, histories, violations, errors, log, serverLogs }: RunResult): string {
  const folder = mkdtempSync(join(tmpdir(), `robustness-seed-${plan.seed}-`))
  const file = join(folder, 'history.json')
  const content = { plan, violations, errors: [...errors], log, serverLogs, histories }
  writeFileSync(
    file,
    JSON.stringify(content, (_, value: unknown) => (value === Number.POSITIVE_INFINITY ? 'never' : value)),
  )
  const start = Math.min(...histories.flatMap(({ operations }) => operations.map(({ invoked }) => invoked)))
  const shown = violations.slice(0, SHOWN_VIOLATIONS).map((violation) => violationText(violation, start))
  const more = violations.length > SHOWN_VIOLATIONS ? [`  and ${violations.length - SHOWN_VIOLATIONS} more`] : []
  return [...shown, ...more, `  faults: ${log.join(', ')}`, `  everything: ${file}`].join('\n')
}

function violationText({ rule, key, message, operations, position }: Violation, start: number): string {
  const where = key === undefined ? '' : ` ${key}`
  const lines = operations.slice(0, 10).map((operation) => `    ${operationText(operation, start, position)}`)
  return [`  ${rule}:${where} ${message}`, ...lines].join('\n')
}

function operationText(operation: Operation, start: number, position: number | undefined): string {
  const at = (time: number) => (Number.isFinite(time) ? `${(time - start).toFixed(1)}` : 'never')
  const head = `#${operation.id} ${at(operation.invoked)}–${at(operation.returned)} ms, server ${operation.server}:`
  switch (operation.kind) {
    case 'write':
      return `${head} ${writeText(operation)}`
    case 'get': {
      const { key, freshness, found } = operation
      return `${head} get ${key}${freshnessText(freshness)} → ${found ? seenText(found) : 'not found'}`
    }
    case 'list': {
      const { selection, freshness, pages } = operation
      const shown = pages.map(({ rev, items }) => `${items.length} at ${rev}`).join(' + ')
      return `${head} list ${selectionText(selection)}${freshnessText(freshness)} → ${shown}`
    }
    case 'watch':
      return `${head} ${watchText(operation, position ?? operation.events.length - 1)}`
  }
}

function writeText({ verb, key, value, label, expected, outcome }: Write): string {
  const condition = expected === undefined ? '' : ` if at ${expected}`
  const what = verb === 'delete' ? '' : ` = ${value} (${label ?? 'label as it is'})`
  const rev = outcome.type === 'done' && outcome.seen ? ` at revision ${outcome.seen.rev}` : ''
  const how = outcome.type === 'refused' ? `refused: ${outcome.why}` : outcome.type
  return `${verb} ${key}${what}${condition} → ${how}${rev}`
}

/** The events around the one that matters, which is marked. */
function watchText({ selection, mode, from, freshness, watchList, events, end }: Watch, position: number): string {
  const begin =
    mode === 'changes' ? ` from ${from}` : `${freshnessText(freshness)}${watchList ? ', as a watch-list' : ''}`
  const first = Math.max(0, position - SHOWN_EVENTS)
  const shown = events.slice(first, position + SHOWN_EVENTS + 1)
  const texts = shown.map((event, i) => (first + i === position ? `>>> ${eventText(event)}` : eventText(event)))
  const before = first > 0 ? `${first} events, ` : ''
  const after = Math.max(0, events.length - position - SHOWN_EVENTS - 1)
  return `watch ${selectionText(selection)}${begin} → ${before}${texts.join(', ')}${after > 0 ? `, ${after} events` : ''}; ${end}`
}

const eventText = ({ type, rev, object }: WatchedEvent): string =>
  object ? `${type} ${object.key}=${object.value}@${rev}` : `${type}@${rev}`

function selectionText({ namespace, name, label }: Selection): string {
  const parts = [namespace ?? 'all', ...(name ? [`name ${name}`] : []), ...(label ? [`label ${label}`] : [])]
  return parts.join(' ')
}

function freshnessText(freshness: Freshness): string {
  if (freshness.type === 'latest') return ''
  if (freshness.type === 'any') return ' (any version)'
  return freshness.type === 'exact' ? ` (exactly ${freshness.rev})` : ` (not older than ${freshness.rev})`
}
