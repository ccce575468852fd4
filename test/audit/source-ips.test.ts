import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { canonicalIP, sourceIPs } from '../../lib/audit/source-ips.js'

const from = (headers: Record<string, string>, remoteAddress: string | undefined = '5.6.7.8') =>
  sourceIPs({ headers, socket: { remoteAddress } } as unknown as IncomingMessage)

describe('the addresses of a request are', () => {
  test.each<[what: string, headers: Record<string, string>, remote: string, expected: string[]]>([
    ['its connection alone', {}, '5.6.7.8', ['5.6.7.8']],
    [
      'its proxies, and its connection last',
      { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' },
      '5.6.7.8',
      ['1.1.1.1', '2.2.2.2', '5.6.7.8'],
    ],
    ['each with its neighbour once', { 'x-forwarded-for': '1.1.1.1,5.6.7.8' }, '5.6.7.8', ['1.1.1.1', '5.6.7.8']],
    [
      'X-Real-Ip behind X-Forwarded-For',
      { 'x-forwarded-for': '1.1.1.1', 'x-real-ip': '3.3.3.3' },
      '5.6.7.8',
      ['1.1.1.1', '3.3.3.3', '5.6.7.8'],
    ],
    [
      'X-Real-Ip only if it is new',
      { 'x-forwarded-for': '1.1.1.1,2.2.2.2', 'x-real-ip': '1.1.1.1' },
      '5.6.7.8',
      ['1.1.1.1', '2.2.2.2', '5.6.7.8'],
    ],
    [
      'without what is none',
      { 'x-forwarded-for': 'unknown, <script>, 1.1.1.1, 300.1.1.1, 1.1.1', 'x-real-ip': '' },
      '5.6.7.8',
      ['1.1.1.1', '5.6.7.8'],
    ],
    ['IPv4 where the socket shows it as IPv6', {}, '::ffff:127.0.0.1', ['127.0.0.1']],
    ['IPv6 without its zone', {}, 'fe80::1%eth0', ['fe80::1']],
  ])('%s', (_, headers, remote, expected) => expect(from(headers, remote)).toEqual(expected))

  test('none, when the connection is gone', () => {
    expect(sourceIPs({ headers: {}, socket: {} } as unknown as IncomingMessage)).toEqual([])
  })

  test('the last of those of very many proxies, for the first can be made up', () => {
    const header = Array.from({ length: 5000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(',')
    const ips = from({ 'x-forwarded-for': header })
    expect(ips).toHaveLength(65)
    expect(ips.slice(-2)).toEqual(['10.0.19.135', '5.6.7.8'])
  })
})

describe('an address', () => {
  test.each([
    ['010.001.0.1', '10.1.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['1.2.3.4:80', undefined],
    ['1.2.3.4\n', undefined],
    ['::1%lo', undefined],
    ['[::1]', undefined],
    ['1e1.0x1.1.1', undefined],
    ['', undefined],
  ])('%j is %j', (text, expected) => expect(canonicalIP(text)).toBe(expected))
})
