import { describe, expect, test } from 'vitest'
import { type AuditBackend, auditOf } from '../../lib/audit/index.js'
import { counted, event, saying } from './support.js'

const policy = { rules: [{ level: 'Metadata' as const }] }

const backend = (name: string, outcome: () => boolean | Promise<boolean>): AuditBackend & { closed: boolean } => ({
  name,
  closed: false,
  processEvents: () => outcome(),
  close() {
    this.closed = true
    return Promise.resolve()
  },
})

const asked = (...backends: AuditBackend[]) => {
  const { metrics, counts } = counted()
  const said = saying()
  return { audit: auditOf({ policy, backends, metrics, logger: said.logger }), counts, ...said }
}

describe('several backends', () => {
  test('that have all taken an event at once cost no promise', () => {
    const { audit } = asked(
      backend('a', () => true),
      backend('b', () => true),
    )
    expect(audit.process(event())).toBe(true)
  })

  test.each([
    [false, [true, false]],
    [true, [true, true]],
  ])('have taken an event: %s when they say %j', async (expected, outcomes) => {
    const { audit } = asked(...outcomes.map((outcome, i) => backend(String(i), async () => outcome)))
    expect(await audit.process(event())).toBe(expected)
  })

  test('are all closed', async () => {
    const all = [backend('a', () => true), backend('b', () => true)]
    await asked(...all).audit.close()
    expect(all.map(({ closed }) => closed)).toEqual([true, true])
  })
})

test('an audit without backends takes every event', () => {
  expect(asked().audit.process(event())).toBe(true)
})

describe("a backend of somebody else's that", () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ])('%s has lost its event, and no more', async (_, outcome) => {
    const { audit, counts, errors } = asked(backend('mine', outcome))
    expect(await audit.process(event())).toBe(false)
    expect(counts).toEqual({ apiserver_audit_event_total: 1, 'apiserver_audit_error_total{plugin="mine"}': 1 })
    expect(errors).toEqual([[{ plugin: 'mine', events: 1, err: new Error('boom') }, 'audit events were lost']])
  })

  test.each<[string, () => unknown]>([
    ['cannot be closed', () => Promise.reject(new Error('boom'))],
    [
      'throws when it is closed',
      () => {
        throw new Error('boom')
      },
    ],
    ['is closed at once, without a promise', () => undefined],
  ])('%s does not keep others from it', async (_, close) => {
    const mine = { ...backend('mine', () => true), close: close as () => Promise<void> }
    await expect(asked(mine).audit.close()).resolves.toBeUndefined()
  })
})

test('losses are told once in a while, and counted all', async () => {
  const { audit, counts, errors } = asked(backend('mine', () => Promise.reject(new Error('boom'))))
  for (let i = 0; i < 100; i++) await audit.process(event())
  expect([errors.length, counts['apiserver_audit_error_total{plugin="mine"}']]).toEqual([1, 100])
})
