import { createRequire } from 'node:module'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { swaggerUiFolder } from '../../lib/restful/docs/swagger-ui.js'
import { type ApiDocsOptions, apiDocs, Container, RegistrationError, WebService } from '../../lib/restful/index.js'
import { Served } from './served.js'

let served: Served | undefined

class Address {
  readonly street = 'x'
  readonly since = new Date(0)
}

const models = {
  User: {
    type: 'object',
    properties: { boss: { $ref: '#/components/schemas/User' }, type: { type: ['string', 'null'] } },
  },
  Sample: { n: 1, f: 1.5, big: 1n, flag: true, list: ['a'], none: null, address: new Address() },
  Unused: { type: 'string' },
}

function documented(): WebService {
  const ws = new WebService().path('/users/{tenant}').produces('application/json').consumes('application/json')
  ws.param(ws.pathParameter('tenant', 'whose users'))
  const done = () => undefined
  const read = ws.get('/{id:[0-9]+}').to(done).operation('readUser').doc('reads a user').notes('in *full*')
  read.param(ws.pathParameter('id').dataType('integer').minimum(1))
  read.param(ws.queryParameter('tag').allowMultiple(true).collectionFormat('multi').possibleValues(['a', 'b']))
  read.param(ws.headerParameter('X-Trace').defaultValue('no').addExtension('x-secret', true))
  read.writes('User').returns(404, 'none', 'Sample', { 'X-Why': 'why not' }).defaultReturns('error')
  read.metadata('openapi.tags', ['people']).addExtension('x-a', 1).addExtension('b', 2).deprecate()
  ws.route(read)
  ws.route(ws.put('/{id}').to(done).operation('readUser').reads('User', 'the user'))
  ws.route(ws.post('/').to(done).operation('form').param(ws.formParameter('a').required(true)))
  ws.route(ws.post('/up').to(done).operation('up').param(ws.multiPartFormParameter('f').dataType('file')))
  ws.route(ws.get('/files/{path:*}').to(done).operation('files').writes('[]User'))
  ws.route(ws.method('PURGE').path('/').to(done))
  ws.route(ws.method('TRACE').path('/').to(done).operation('trace'))
  return ws
}

async function documentOf(name: string, options: Partial<ApiDocsOptions> = {}): Promise<Record<string, never>> {
  const container = new Container().add(documented())
  container.add(apiDocs(container, { title: 'T', version: '1', models, ui: false, ...options }))
  served = await Served.by(container)
  const answer = await served.get(`/apidocs/${name}`)
  expect(answer.headers['content-type']).toBe('application/json')
  return JSON.parse(answer.body)
}

const at = (document: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)

describe('the OpenAPI 3.1 document', () => {
  test('has the paths without expressions, the operations with their ids, tags and parameters', async () => {
    const document = await documentOf('openapi.json')
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'T', version: '1' }, servers: [{ url: '/' }] })
    expect(Object.keys(at(document, 'paths') as object)).toEqual([
      '/users/{tenant}/{id}',
      '/users/{tenant}',
      '/users/{tenant}/up',
      '/users/{tenant}/files/{path}',
    ])
    const read = at(document, 'paths', '/users/{tenant}/{id}', 'get')
    expect(read).toEqual({
      operationId: 'readUser',
      summary: 'reads a user',
      description: 'in *full*',
      tags: ['people'],
      deprecated: true,
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'integer', pattern: '[0-9]+', minimum: 1 } },
        {
          name: 'tag',
          in: 'query',
          style: 'form',
          explode: true,
          schema: { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
        },
        { name: 'X-Trace', in: 'header', schema: { type: 'string', default: 'no' }, 'x-secret': true },
        { name: 'tenant', in: 'path', description: 'whose users', required: true, schema: { type: 'string' } },
      ],
      responses: {
        200: { description: 'OK', content: { 'application/json': { schema: { $ref: '#/components/schemas/User' } } } },
        404: {
          description: 'none',
          headers: { 'X-Why': { description: 'why not', schema: { type: 'string' } } },
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Sample' } } },
        },
        default: { description: 'error' },
      },
      'x-a': 1,
    })
  })

  test('has bodies and forms as request bodies, and each id once', async () => {
    const document = await documentOf('openapi.json')
    expect(at(document, 'paths', '/users/{tenant}/{id}', 'put')).toMatchObject({
      operationId: 'readUser2',
      tags: ['/users/{tenant}'],
      requestBody: {
        description: 'the user',
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/User' } } },
      },
    })
    expect(at(document, 'paths', '/users/{tenant}', 'post', 'requestBody')).toEqual({
      content: {
        'application/x-www-form-urlencoded': {
          schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        },
      },
    })
    expect(at(document, 'paths', '/users/{tenant}/up', 'post', 'requestBody', 'content')).toHaveProperty([
      'multipart/form-data',
    ])
  })

  test('has the models that are named, samples as schemas', async () => {
    const document = await documentOf('openapi.json')
    expect(at(document, 'components', 'schemas')).toEqual({
      Address: {
        type: 'object',
        properties: { street: { type: 'string' }, since: { type: 'string', format: 'date-time' } },
      },
      Sample: {
        type: 'object',
        properties: {
          n: { type: 'integer' },
          f: { type: 'number' },
          big: { type: 'integer', format: 'int64' },
          flag: { type: 'boolean' },
          list: { type: 'array', items: { type: 'string' } },
          none: {},
          address: { $ref: '#/components/schemas/Address' },
        },
      },
      User: models.User,
    })
  })
})

test('the OpenAPI 2.0 document says the same in its own words', async () => {
  const document = await documentOf('swagger.json', { servers: ['https://api.example.com/v1'] })
  expect(document).toMatchObject({ swagger: '2.0', host: 'api.example.com', basePath: '/v1', schemes: ['https'] })
  expect(at(document, 'paths', '/users/{tenant}/{id}', 'get')).toMatchObject({
    parameters: [
      { name: 'id', in: 'path', required: true, type: 'integer', pattern: '[0-9]+', minimum: 1 },
      { name: 'tag', in: 'query', collectionFormat: 'multi', type: 'array' },
      { name: 'X-Trace', in: 'header', type: 'string', 'x-secret': true },
      { name: 'tenant', in: 'path', required: true, type: 'string' },
    ],
    responses: { 200: { schema: { $ref: '#/definitions/User' } }, 404: { headers: { 'X-Why': { type: 'string' } } } },
  })
  expect(at(document, 'paths', '/users/{tenant}/{id}', 'put', 'parameters')).toContainEqual({
    name: 'body',
    in: 'body',
    description: 'the user',
    required: true,
    schema: { $ref: '#/definitions/User' },
  })
  expect(at(document, 'paths', '/users/{tenant}', 'post')).toMatchObject({
    consumes: ['application/x-www-form-urlencoded'],
  })
  expect(at(document, 'paths', '/users/{tenant}')).not.toHaveProperty('trace')
  expect(at(document, 'definitions', 'User')).toEqual({
    type: 'object',
    properties: { boss: { $ref: '#/definitions/User' }, type: { type: 'string', 'x-nullable': true } },
  })
})

test('a document shows what is served now, below where it is mounted', async () => {
  const ws = documented()
  const container = new Container().add(ws)
  container.add(apiDocs(container, { path: '/docs', title: 'T', version: '1', ui: false }))
  const app = express()
  app.use('/mnt', container.middleware())
  served = await Served.by(app)
  const paths = async () => JSON.parse((await served!.get('/mnt/docs/openapi.json')).body)
  expect((await paths()).servers).toEqual([{ url: '/mnt' }])
  ws.route(ws.get('/new').to(() => undefined))
  expect((await paths()).paths).toHaveProperty(['/users/{tenant}/new'])
  ws.removeRoute('/users/{tenant}/new', 'GET')
  expect((await paths()).paths).not.toHaveProperty(['/users/{tenant}/new'])
})

describe('the page', () => {
  test('comes with a policy that forbids everything foreign, and no script of its own', async () => {
    const container = new Container()
    container.add(apiDocs(container, { title: '<b>&"', version: '1' }))
    served = await Served.by(container)
    const page = await served.get('/apidocs/')
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(page.body).toContain('<title>&#60;b&#62;&#38;&#34;</title>')
    expect(page.body.match(/<script[^>]*>[^<]/)).toBeNull()
    expect(page.body).not.toMatch(/https?:/)
    const initializer = await served.get('/apidocs/swagger-initializer.js')
    expect(initializer.body).toContain('validatorUrl: null')
    expect((await served.get('/apidocs/swagger-ui-bundle.js')).headers['content-type']).toContain('javascript')
    expect((await served.get('/apidocs/package.json')).status).toBe(404)
    const bare = await served.get('/apidocs')
    expect(bare).toMatchObject({ status: 302 })
    expect(bare.headers.location).toBe('apidocs/')
  })

  test('needs swagger-ui-dist, and says so where it is missing', () => {
    const elsewhere = createRequire('/nowhere/at/all.js')
    expect(() => swaggerUiFolder(elsewhere)).toThrow(RegistrationError)
    expect(() => swaggerUiFolder(elsewhere)).toThrow('npm install swagger-ui-dist')
  })
})
