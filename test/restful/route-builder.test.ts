import { describe, expect, test } from 'vitest'
import { pathParameter, RegistrationError, RouteBuilder, WebService } from '../../lib/restful/index.js'

function dummy(): void {}

const minimal = () => new RouteBuilder().path('/routes').to(dummy)

describe('a route', () => {
  test('has everything its builder was told', () => {
    const route = minimal()
      .method('PATCH')
      .consumes('a/b')
      .produces('c/d')
      .doc('doc')
      .notes('notes')
      .reads('Thing', 'what to change')
      .writes('Thing', { sample: true })
      .returns(200, 'first')
      .returns(200, 'OK', 'Thing', { 'X-A': 'a field' })
      .defaultReturns('an error', 'Status')
      .metadata('action', 'patch')
      .addExtension('x-a', 1)
      .deprecate()
      .build()
    expect(route).toMatchObject({
      method: 'PATCH',
      path: '/routes',
      consumes: ['a/b'],
      produces: ['c/d'],
      doc: 'doc',
      notes: 'notes',
      operation: 'dummy',
      reads: 'Thing',
      writes: ['Thing', { sample: true }],
      defaultResponse: { code: 0, message: 'an error', model: 'Status' },
      deprecated: true,
    })
    expect(route.parameterDocs).toEqual([
      { name: 'body', kind: 'body', description: 'what to change', dataType: 'Thing', required: true, model: 'Thing' },
    ])
    expect([...route.responses]).toEqual([
      [200, { code: 200, message: 'OK', model: 'Thing', headers: { 'X-A': 'a field' } }],
    ])
    expect([...route.metadata, ...route.extensions]).toEqual([
      ['action', 'patch'],
      ['x-a', 1],
    ])
    expect(String(route)).toBe('PATCH /routes')
  })

  test('is not changed by what its builder is told later', () => {
    const builder = minimal().metadata('a', 1).param(pathParameter('id'))
    const route = builder.build()
    builder.metadata('b', 2).returns(200, 'OK').parameterNamed('id')?.required(false)
    expect([...route.metadata]).toEqual([['a', 1]])
    expect(route.responses.size).toBe(0)
    expect(route.parameterDocs[0]?.required).toBe(true)
  })

  test('takes media types from its service only where it has none', () => {
    const ws = new WebService().path('/s').consumes('a/a').produces('b/b')
    ws.route(ws.get('/1').to(dummy)).route(ws.get('/2').consumes('c/c').produces('d/d').to(dummy))
    expect(ws.routes().map((route) => [route.path, route.consumes, route.produces])).toEqual([
      ['/s/1', ['a/a'], ['b/b']],
      ['/s/2', ['c/c'], ['d/d']],
    ])
  })

  test('of a function without a name has a numbered operation', () => {
    const operations = [1, 2].map(() => new RouteBuilder().to((() => () => {})()).build().operation)
    expect(operations[0]).toMatch(/^func\d+$/)
    expect(operations[1]).not.toBe(operations[0])
  })

  test('takes steps that several routes share', () => {
    const shared = (builder: RouteBuilder) => void builder.returns(404, 'Not Found').notes('shared')
    expect(minimal().do(shared).build()).toMatchObject({ notes: 'shared' })
  })

  test('keeps __proto__ in its metadata as a key like any other', () => {
    expect(minimal().metadata('__proto__', 1).build().metadata.get('__proto__')).toBe(1)
  })
})

describe('a route is refused', () => {
  test('without a function', () => {
    expect(() => new RouteBuilder('/s').path('/x').build()).toThrow(
      new RegistrationError('No function specified for route:/s/x'),
    )
  })

  test.each(['', 'GET POST', 'GET\r\nX: y', 'GÉT'])('with the method %j', (method) => {
    expect(() => minimal().method(method).build()).toThrow(RegistrationError)
  })

  test.each([
    '/{',
    '/{a',
    '/{a:',
    '/x/{id:(}',
    '/{id:[}',
    '/{x:b/c}',
    '/{a}/{x:(?=y)}',
    '/}{',
    '/:x{a}',
    '/{n:(a)\\1}',
  ])('with the template %s', (template) => {
    expect(() => minimal().path(template).build()).toThrow(RegistrationError)
    expect(() => new WebService().path(template)).toThrow(RegistrationError)
  })
})

describe('a documented parameter', () => {
  test('keeps all that was said of it', () => {
    const said = pathParameter('id', 'which')
      .dataType('integer')
      .dataFormat('int64')
      .required(false)
      .possibleValues(['1', '2'])
      .allowMultiple(true)
      .allowEmptyValue(true)
      .defaultValue('1')
      .collectionFormat('multi')
      .pattern('^\\d$')
      .minimum(1)
      .maximum(2)
      .minLength(1)
      .maxLength(1)
      .minItems(0)
      .maxItems(9)
      .uniqueItems(true)
      .addExtension('x-a', 1)
      .data()
    expect(said).toEqual({
      name: 'id',
      kind: 'path',
      description: 'which',
      dataType: 'integer',
      dataFormat: 'int64',
      required: false,
      possibleValues: ['1', '2'],
      allowMultiple: true,
      allowEmptyValue: true,
      defaultValue: '1',
      collectionFormat: 'multi',
      pattern: '^\\d$',
      minimum: 1,
      maximum: 2,
      minLength: 1,
      maxLength: 1,
      minItems: 0,
      maxItems: 9,
      uniqueItems: true,
      extensions: new Map([['x-a', 1]]),
    })
  })

  test('of each kind is required only in the path and the body', () => {
    const ws = new WebService()
    const made = [
      ws.pathParameter('a'),
      ws.queryParameter('a'),
      ws.headerParameter('a'),
      ws.bodyParameter('a'),
      ws.formParameter('a'),
      ws.multiPartFormParameter('a'),
    ].map((each) => each.data())
    expect(made.map(({ kind, required }) => [kind, required])).toEqual([
      ['path', true],
      ['query', false],
      ['header', false],
      ['body', true],
      ['form', false],
      ['multipart', false],
    ])
  })
})
