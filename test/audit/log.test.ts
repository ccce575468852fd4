import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type AuditLogOptions, auditOf } from '../../lib/audit/index.js'
import { LogBackend } from '../../lib/audit/log/log-backend.js'
import { counted, event, eventsOf, folder, losses, saying } from './support.js'

const root = folder()
let count = 0
let dir = ''
let path = ''
beforeEach(() => {
  dir = join(root, String(++count))
  path = join(dir, 'audit.log')
})

const LINE = `${event('0').line}\n`.length

/** A log that holds `lines` lines a file. */
function log(lines: number, options: Partial<AuditLogOptions> = {}) {
  const { metrics, counts } = counted()
  const said = saying()
  const maxSize = (LINE * lines) / (1024 * 1024)
  const policy = { rules: [{ level: 'None' as const }] }
  const audit = auditOf({ policy, log: { path, maxSize, ...options }, metrics, logger: said.logger })
  return { audit, counts, ...said }
}

const ids = (text: string): string[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).auditID)

const older = (): string[] =>
  readdirSync(dir)
    .filter((file) => file !== 'audit.log')
    .sort()

/** All ids in the order in which they were written, whichever file they are in now. */
const all = (): string[] =>
  [...older(), 'audit.log'].flatMap((file) => {
    const bytes = readFileSync(join(dir, file))
    return ids((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
  })

describe('a log file', () => {
  test('is made with its folder, for its owner alone', async () => {
    await log(10).audit.close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
  })

  test('goes on where it ended', async () => {
    for (const id of ['0', '1']) {
      const { audit } = log(10)
      expect(await audit.process(event(id))).toBe(true)
      await audit.close()
    }
    expect(ids(readFileSync(path, 'utf8'))).toEqual(['0', '1'])
  })

  test('begins a new line when a process ended within one', async () => {
    mkdirSync(dir)
    writeFileSync(path, '{"kind":"Eve')
    const { audit } = log(10)
    await audit.process(event('0'))
    await audit.close()
    expect(readFileSync(path, 'utf8')).toBe(`{"kind":"Eve\n${event('0').line}\n`)
  })

  test('that is closed takes nothing more, and tells it', async () => {
    const { audit, counts } = log(10, { mode: 'blocking-strict' })
    await audit.close()
    expect(await audit.process(event('0'))).toBe(false)
    expect(counts).toMatchObject({ 'apiserver_audit_error_total{plugin="log"}': 1 })
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  test.skipIf(!existsSync('/dev/full'))('on a full disk loses its events, tells it, and stays usable', async () => {
    const { audit, counts, errors } = log(10, { path: '/dev/full', mode: 'blocking-strict' })
    expect(await audit.process(event('0'))).toBe(false)
    expect(await audit.process(event('1'))).toBe(false)
    await audit.close()
    expect(counts).toMatchObject({ 'apiserver_audit_error_total{plugin="log"}': 2 })
    expect(errors[0]?.[0]).toMatchObject({ err: { code: 'ENOSPC' } })
  })

  test('that cannot be opened is an error at once', () => {
    mkdirSync(path, { recursive: true })
    expect(() => log(10)).toThrow(/EISDIR/)
  })

  test('has all events of requests that come at once, each on its line, in order', async () => {
    const { audit } = log(10_000)
    const written = await Promise.all(eventsOf(2000).map((one) => audit.process(one)))
    expect(new Set(written)).toEqual(new Set([true]))
    await audit.close()
    expect(all()).toEqual(eventsOf(2000).map(({ auditID }) => auditID))
  })

  test('keeps an event that is larger than what is written at once', async () => {
    const { audit } = log(100_000)
    for (const one of [event('0'), event('1', 1024 * 1024), event('2')]) void audit.process(one)
    await audit.close()
    expect(all()).toEqual(['0', '1', '2'])
  })
})

describe('a log file that would grow beyond its size', () => {
  test('is put aside under the time of its end, and no line is cut or lost', async () => {
    const { audit } = log(3)
    for (const one of eventsOf(10)) await audit.process(one)
    await audit.close()
    expect(older()).toHaveLength(3)
    for (const file of older()) expect(file).toMatch(/^audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$/)
    expect(all()).toEqual(eventsOf(10).map(({ auditID }) => auditID))
    for (const file of [...older(), 'audit.log']) expect(statSync(join(dir, file)).size).toBeLessThanOrEqual(3 * LINE)
  })

  test('is put aside within a group of lines that are written together', async () => {
    const { audit } = log(3)
    await Promise.all(eventsOf(10).map((one) => audit.process(one)))
    await audit.close()
    expect(all()).toEqual(eventsOf(10).map(({ auditID }) => auditID))
    for (const file of [...older(), 'audit.log']) expect(statSync(join(dir, file)).size).toBeLessThanOrEqual(3 * LINE)
  })

  test('counts what stood in it before', async () => {
    for (const part of ['0', '1']) {
      const { audit } = log(3)
      await audit.process(event(part))
      await audit.process(event(part))
      await audit.close()
    }
    expect(older()).toHaveLength(1)
  })

  test('loses a line that no file can hold, and tells it', async () => {
    const { audit, counts, errors } = log(3, { mode: 'blocking-strict' })
    expect(await audit.process(event('0'))).toBe(true)
    expect(await audit.process(event('1', LINE * 3))).toBe(false)
    expect(await audit.process(event('2'))).toBe(true)
    await audit.close()
    expect(all()).toEqual(['0', '2'])
    expect(counts).toMatchObject({ 'apiserver_audit_error_total{plugin="log"}': 1 })
    expect(errors).toHaveLength(1)
    expect(errors[0]?.[0]).toMatchObject({ err: { message: expect.stringMatching(/exceeds maximum file size/) } })
  })

  test('is written on when it cannot be put aside, and that is told', async () => {
    // With a time in it the name would be too long.
    path = join(dir, `${'a'.repeat(240)}.log`)
    const { audit, errors } = log(2)
    for (const one of eventsOf(4)) await audit.process(one)
    await audit.close()
    expect(ids(readFileSync(path, 'utf8'))).toEqual(['0', '1', '2', '3'])
    expect(errors[0]?.[0]).toMatchObject({ plugin: 'log', events: 0, err: { code: 'ENAMETOOLONG' } })
  })

  test('is begun anew when somebody removed it', async () => {
    const { audit, errors } = log(2)
    for (const one of eventsOf(2)) await audit.process(one)
    rmSync(path)
    for (const one of [event('2'), event('3'), event('4')]) await audit.process(one)
    await audit.close()
    expect(errors).toEqual([])
    expect(all()).toEqual(['2', '3', '4'])
  })
})

describe('files put aside', () => {
  const fill = async (options: Partial<AuditLogOptions>) => {
    const { audit } = log(1, options)
    for (const one of eventsOf(6)) await audit.process(one)
    await audit.close()
  }

  test('are all kept if nobody says otherwise', async () => {
    await fill({})
    expect(older()).toHaveLength(5)
  })

  test('are kept in the number that was asked for, the newest', async () => {
    await fill({ maxBackups: 2 })
    expect(all()).toEqual(['3', '4', '5'])
  })

  test('are kept as they came, though the clock stands still while some are put aside and others removed', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const { audit } = log(1, { maxBackups: 2 })
      for (const one of eventsOf(10)) await audit.process(one)
      await audit.close()
    } finally {
      vi.useRealTimers()
    }
    expect(all()).toEqual(['7', '8', '9'])
  })

  test('are packed if asked for, and count the same', async () => {
    await fill({ maxBackups: 2, compress: true })
    expect(older().map((file) => file.slice(-7))).toEqual(['.log.gz', '.log.gz'])
    expect(all()).toEqual(['3', '4', '5'])
  })

  test('are removed when they are older than allowed, also those of earlier runs', async () => {
    mkdirSync(dir)
    const day = 24 * 60 * 60 * 1000
    const named = (ago: number, packed = '') =>
      `audit-${new Date(Date.now() - ago).toISOString().slice(0, -1).replaceAll(':', '-')}.log${packed}`
    const files = [named(day / 2), named(3 * day), named(4 * day, '.gz'), named(1.5 * day, '.gz')]
    for (const file of files) writeFileSync(join(dir, file), '')
    await log(1, { maxAge: 2 }).audit.close()
    expect(older()).toEqual([files[3], files[0]])
  })

  test('are told from files of other names, which are left alone', async () => {
    mkdirSync(dir)
    const others = ['audit-backup.log', 'audit-2001-02-03.log', 'other-2001-02-03T04-05-06.789.log', 'audit.log.1']
    for (const file of others) writeFileSync(join(dir, file), '')
    await fill({ maxBackups: 1, maxAge: 1 })
    for (const file of others) expect(existsSync(join(dir, file))).toBe(true)
  })
})

test('a sink that fails loses its lines, tells how many, and is tried again', async () => {
  const { lost, onError } = losses()
  let broken = true
  const written: string[] = []
  const backend = new LogBackend(
    {
      room: Number.POSITIVE_INFINITY,
      fits: () => true,
      async append(lines) {
        if (broken) throw new Error('ENOSPC: no space left on device')
        written.push(lines.toString())
      },
      close: () => Promise.resolve(),
    },
    onError,
  )
  expect(await Promise.all(eventsOf(3).map((one) => backend.processEvents([one])))).toEqual([false, false, false])
  broken = false
  expect(await backend.processEvents([event('3')])).toBe(true)
  expect(lost).toEqual({ log: 3 })
  expect(ids(written.join(''))).toEqual(['3'])
})

test('the path - is the standard output', async () => {
  const written: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(((bytes: Buffer, done: (err?: Error) => void) => {
    written.push(bytes.toString())
    done(written.length === 2 ? new Error('EPIPE') : undefined)
    return true
  }) as typeof process.stdout.write)
  try {
    const { audit, counts } = log(1, { path: '-', mode: 'blocking-strict' })
    expect([await audit.process(event('0')), await audit.process(event('1'))]).toEqual([true, false])
    await audit.close()
    expect(ids(written.join(''))).toEqual(['0', '1'])
    expect(counts).toMatchObject({ 'apiserver_audit_error_total{plugin="log"}': 1 })
  } finally {
    write.mockRestore()
  }
})
