import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUserService } from '../../examples/user-service/users.js'
import { Served } from './served.js'

const JSON_TYPE = { 'Content-Type': 'application/json' }
const lines: string[] = []
let served: Served

beforeAll(async () => {
  served = await Served.open(createUserService((line) => lines.push(line)))
})

afterAll(() => served?.close())

test('the user service creates, reads, updates and deletes', async () => {
  const made = await served.call('POST', '/users', JSON_TYPE, '{"name":"Grace","age":85}')
  expect(made).toMatchObject({ status: 201 })
  expect(made.headers.location).toBe('/users/2')
  expect(JSON.parse((await served.get('/users/2')).body)).toEqual({ id: '2', name: 'Grace', age: 85 })
  await served.call('PUT', '/users/2', JSON_TYPE, '{"name":"Grace Hopper"}')
  expect(JSON.parse((await served.get('/users')).body)).toHaveLength(2)
  expect((await served.call('DELETE', '/users/2')).status).toBe(204)
  expect(await served.get('/users/2')).toMatchObject({ status: 404, body: 'no user "2"' })
})

test('the user service speaks XML', async () => {
  const body = '<user><name>Alan</name><age>41</age></user>'
  const headers = { 'Content-Type': 'application/xml', Accept: 'application/xml' }
  const made = await served.call('PUT', '/users/7', headers, body)
  expect(made.body).toContain('<name>Alan</name>')
  expect(JSON.parse((await served.get('/users/7')).body)).toEqual({ id: '7', name: 'Alan', age: 41 })
})

test('the user service refuses what is no user, logs, and lets no browser keep its answers', async () => {
  expect((await served.call('POST', '/users', JSON_TYPE, '{"age":1}')).status).toBe(400)
  expect((await served.call('POST', '/users', JSON_TYPE, 'null')).status).toBe(400)
  expect((await served.get('/users/1')).headers['cache-control']).toContain('no-store')
  await expect.poll(() => lines.some((line) => line.includes('"GET /users/1 HTTP/1.1" 200'))).toBe(true)
})
