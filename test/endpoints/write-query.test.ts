import { expect, test } from 'vitest'
import { writeQuery } from '../../lib/endpoints/handlers/write-query.js'
import type { RequestContext } from '../../lib/endpoints/request/request-context.js'

/** The manager of a request whose User-Agent came in these bytes, each of which Node shows as a character. */
function managerOf(userAgent: string): string {
  const headers = { 'user-agent': Buffer.from(userAgent).toString('latin1') }
  return writeQuery({ request: { headers } } as RequestContext, {}).fieldManager
}

test.each([
  ['fleet/1.0 (linux)', 'fleet'],
  ['caf\u00e9\u00ad\u2603/1.0', 'caf\u00e9\u2603'],
  ['a\tb\u007f\u200bc', 'abc'],
  ['x'.repeat(200), 'x'.repeat(128)],
  [`x${'\u2603'.repeat(100)}`, `x${'\u2603'.repeat(42)}`],
  ['', ''],
])('a program %j is known by what of its name can be printed, in 128 bytes', (userAgent, manager) => {
  expect(managerOf(userAgent)).toBe(manager)
})

test('a program with a field manager is known by that', () => {
  const context = { request: { headers: { 'user-agent': 'fleet/1.0' } } } as RequestContext
  expect(writeQuery(context, { fieldManager: 'me' }).fieldManager).toBe('me')
})
