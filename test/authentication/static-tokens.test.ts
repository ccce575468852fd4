import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseTokens, readTokenFile, StaticTokens } from '../../lib/authentication/index.js'
import { tokenDigest } from '../../lib/authentication/token-digest.js'

test('a token file gives a token, a user, a uid and groups a line', () => {
  const text = [
    'tok1,ann,1,"dev,ops"',
    'tok2,"bob ""the"" builder",2',
    'tok3,eve,,"a\nb"\r',
    '',
    ',nobody,3',
    'tok4,__proto__,4,',
  ].join('\n')
  expect(parseTokens(text)).toEqual([
    { token: 'tok1', user: { name: 'ann', uid: '1', groups: ['dev', 'ops'] } },
    { token: 'tok2', user: { name: 'bob "the" builder', uid: '2', groups: [] } },
    { token: 'tok3', user: { name: 'eve', groups: ['a\nb'] } },
    { token: 'tok4', user: { name: '__proto__', uid: '4', groups: [] } },
  ])
})

test.each([
  ['tok,ann', "token file 'f' must have at least 3 columns (token, user name, user uid)"],
  ['tok,"ann,1', "token file 'f' is no CSV: the quoted field at offset 4 does not end"],
  ['tok,"ann"x,1', "token file 'f' is no CSV: extra text behind the quoted field at offset 4"],
  ['tok,a"nn,1', `token file 'f' is no CSV: bare " in the field at offset 4`],
])('%j is no token file', (text, message) => {
  expect(() => parseTokens(text, 'f')).toThrow(message)
})

test('the file is read from its path, a byte order mark left out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-tokens-'))
  try {
    const path = join(folder, 'tokens.csv')
    writeFileSync(path, '\uFEFFtok,ann,1\r\ntok,bob,2\r\n')
    expect(new StaticTokens(readTokenFile(path)).authenticateToken('tok')).toEqual({
      user: { name: 'bob', uid: '2', groups: [] },
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('only the whole token is known', () => {
  const tokens = new StaticTokens([{ token: 'secret-token', user: 'ann' }])
  expect(tokens.authenticateToken('secret-token')).toEqual({ user: { name: 'ann', groups: [] } })
  for (const near of ['', 'secret', 'secret-toke', 'secret-token ', 'Secret-token', 'secret-token\0', '__proto__'])
    expect(tokens.authenticateToken(near), near).toBeUndefined()
})

test.each([
  { token: '', user: 'ann' },
  { token: 't', user: '' },
])('a static token needs a token and a name (%j)', (token) => {
  expect(() => new StaticTokens([token])).toThrow(TypeError)
})

test('tokens are compared by digests that nobody outside can foresee', async () => {
  const plain = (await import('node:crypto')).createHash('sha256').update('secret').digest('base64')
  expect(tokenDigest('secret')).toHaveLength(plain.length)
  expect(tokenDigest('secret')).not.toBe(plain)
  expect(tokenDigest('secret')).toBe(tokenDigest('secret'))
  // What differs in one letter shares nothing that a comparison could stop at.
  expect(tokenDigest('secret').slice(0, 8)).not.toBe(tokenDigest('secreu').slice(0, 8))
})
