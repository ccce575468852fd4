import { gzipSync } from 'node:zlib'
import express from 'express'
import { describe, expect, test } from 'vitest'
import {
  Container,
  type ContainerOptions,
  jsonAccessor,
  type RouteBuilder,
  type RouteFunction,
  WebService,
  xmlAccessor,
} from '../../lib/restful/index.js'
import { type Answer, Served } from './served.js'

const JSON_TYPE = 'application/json'
const XML_TYPE = 'application/xml'
let served: Served | undefined

const echo: RouteFunction = async (req, res) => res.writeEntity(await req.readEntity())

function containerWith(fn: RouteFunction, options: ContainerOptions = {}, more: (b: RouteBuilder) => void = () => {}) {
  const ws = new WebService()
  for (const method of ['GET', 'POST'])
    ws.route(ws.method(method).path('/').allowedMethodsWithoutContentType(method).to(fn).do(more))
  return new Container(options).add(ws)
}

async function post(
  container: Container,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  served = await Served.by(container)
  return served.call('POST', '/', { 'Content-Length': Buffer.byteLength(body), ...headers }, body as string)
}

describe('an entity is read', () => {
  test.each([
    [JSON_TYPE, '{"a":1}', '{"a":1}'],
    ['application/json; charset=utf-8', '[null]', '[null]'],
    ['Application/JSON', '"x"', '"x"'],
    ['application/vnd.x+json', '{"a":1}', '{"a":1}'],
    [XML_TYPE, '<user id="1"><name>A &amp; B &#65;</name><n>007</n></user>', '{"name":"A & B A","n":"007","@id":"1"}'],
    ['application/atom+xml', '<e>\n <t>1</t>\n <t>2</t>\n</e>', '{"t":["1","2"]}'],
  ])('as %s from %s', async (type, body, expected) => {
    const answer = await post(containerWith(echo), body, { 'Content-Type': type })
    expect(answer).toMatchObject({ status: 200, body: `${expected}\n` })
  })

  test.each([
    [JSON_TYPE, '{"a":'],
    [JSON_TYPE, ''],
    [JSON_TYPE, '{} {}'],
    [XML_TYPE, '<a><b></a>'],
    [XML_TYPE, ''],
    [XML_TYPE, '<a/><b/>'],
    [XML_TYPE, 'text'],
    [XML_TYPE, `<a>${'<b>'.repeat(70)}${'</b>'.repeat(70)}</a>`],
    [XML_TYPE, '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
    [XML_TYPE, '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    [XML_TYPE, '<a><__proto__><polluted>1</polluted></__proto__></a>'],
  ])('as %s not at all from %j: 400', async (type, body) => {
    const answer = await post(containerWith(echo), body, { 'Content-Type': type })
    expect(answer.status).toBe(400)
    expect(answer.body.length).toBeLessThan(300)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('of a type nobody reads it is a 400 that names the type, unless there is a default', async () => {
    const refused = await post(containerWith(echo), '{}', { 'Content-Type': 'text/plain' })
    expect(refused).toMatchObject({ status: 400, body: 'Unable to unmarshal content of type:text/plain' })
    const container = containerWith(echo, { defaultRequestContentType: JSON_TYPE })
    expect(await post(container, '{}', { 'Content-Type': 'text/plain' })).toMatchObject({ status: 200 })
    expect(await served!.call('POST', '/', {}, '{}')).toMatchObject({ status: 200 })
  })

  test('with its big integers where that is asked for, and without otherwise', async () => {
    const body = '{"id":12345678901234567890,"n":-9007199254740993,"f":1.5e300,"s":"12345678901234567890\\"1"}'
    expect((await post(containerWith(echo), body, { 'Content-Type': JSON_TYPE })).body).not.toContain('7890,')
    const exact = containerWith(echo).entityAccessor(JSON_TYPE, jsonAccessor({ integers: 'bigint' }))
    expect((await post(exact, body, { 'Content-Type': JSON_TYPE })).body).toBe(
      `${body.replace('1.5e300', '1.5e+300')}\n`,
    )
    const malformed = await served!.call('POST', '/', { 'Content-Type': JSON_TYPE }, '{12345678901234567890:1}')
    expect(malformed.status).toBe(400)
  })

  test('with members called like those of objects as data', async () => {
    const body = '{"__proto__":{"polluted":1},"constructor":2}'
    expect((await post(containerWith(echo), body, { 'Content-Type': JSON_TYPE })).body).toBe(`${body}\n`)
    const exact = containerWith(echo).entityAccessor(JSON_TYPE, jsonAccessor({ integers: 'bigint' }))
    const big = '{"__proto__":{"n":12345678901234567890}}'
    expect((await post(exact, big, { 'Content-Type': JSON_TYPE })).body).toBe(`${big}\n`)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('by filters and the function alike, each with a value of its own', async () => {
    const container = containerWith(async (req, res) => {
      const [value, bytes] = await Promise.all([req.readEntity<{ a: number }>(), req.body()])
      res.writeAsJson([value, bytes.toString()])
    }).filter(async (req, res, chain) => {
      const seen = await req.readEntity<{ a: number }>()
      seen.a = 0
      await chain.processFilter(req, res)
    })
    expect((await post(container, '{"a":1}', { 'Content-Type': JSON_TYPE })).body).toBe('[{"a":1},"{\\"a\\":1}"]\n')
  })

  test('as what a parser of the host app left', async () => {
    const app = express()
    app.use(express.json())
    app.use(containerWith(echo).middleware())
    served = await Served.by(app)
    expect((await served.call('POST', '/', { 'Content-Type': JSON_TYPE }, '{"a":[1]}')).body).toBe('{"a":[1]}\n')
    expect((await served.call('POST', '/', { 'Content-Type': XML_TYPE }, '<a><b>1</b></a>')).body).toBe('{"b":"1"}\n')
  })

  test('as what express.raw() and express.text() left', async () => {
    for (const parser of [express.raw({ type: '*/*' }), express.text({ type: '*/*' })]) {
      const app = express()
      app.use(parser)
      app.use(containerWith(echo).middleware())
      served = await Served.by(app)
      expect((await served.call('POST', '/', { 'Content-Type': JSON_TYPE }, '[2]')).body).toBe('[2]\n')
    }
  })

  test('not when somebody read the body and left nothing: 500', async () => {
    served = await Served.by((req, res) => {
      req.resume().on('end', () => void containerWith(echo).dispatch(req, res))
    })
    expect((await served.call('POST', '/', { 'Content-Type': JSON_TYPE }, '{}')).status).toBe(500)
  })
})

describe('a body', () => {
  const headers = { 'Content-Type': JSON_TYPE }

  test('over the limit of the container is a 413, announced or not', async () => {
    const container = containerWith(echo, { bodyLimit: 10 })
    expect((await post(container, '"12345678"', headers)).status).toBe(200)
    expect((await served!.call('POST', '/', headers, '"123456789"')).status).toBe(413)
    const chunked = await served!.call('POST', '/', { ...headers, 'Transfer-Encoding': 'chunked' }, '"123456789"')
    expect(chunked).toMatchObject({ status: 413, body: '413: Content Too Large' })
  })

  test.each(['gzip', 'x-gzip', 'deflate', 'br', 'identity'])('in %s is read inflated', async (encoding) => {
    const zlib = await import('node:zlib')
    const text = '{"a":"é"}'
    const encode = { gzip: gzipSync, 'x-gzip': gzipSync, deflate: zlib.deflateSync, br: zlib.brotliCompressSync }
    const body = encoding === 'identity' ? Buffer.from(text) : encode[encoding as 'gzip'](text)
    expect((await post(containerWith(echo), body, { ...headers, 'Content-Encoding': encoding })).body).toBe(`${text}\n`)
  })

  test('that grows beyond the limit when inflated is a 413', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    expect(bomb.length).toBeLessThan(100_000)
    const answer = await post(containerWith(echo), bomb, { ...headers, 'Content-Encoding': 'gzip' })
    expect(answer.status).toBe(413)
  })

  test('that cannot be inflated, or is in an unknown coding, is refused', async () => {
    const broken = await post(containerWith(echo), 'no gzip', { ...headers, 'Content-Encoding': 'gzip' })
    expect(broken.status).toBe(400)
    const cut = gzipSync('{"a":1}').subarray(0, 15)
    expect((await served!.call('POST', '/', { ...headers, 'Content-Encoding': 'gzip' }, cut as never)).status).toBe(400)
    const unknown = await served!.call('POST', '/', { ...headers, 'Content-Encoding': 'gzip, br' }, '{}')
    expect(unknown.status).toBe(415)
    expect(unknown.headers['accept-encoding']).toBe('br, gzip, deflate')
  })
})

describe('a form in the body', () => {
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const show: RouteFunction = async (req, res) =>
    res.writeAsJson([await req.bodyParameter('a'), await req.bodyParameters('b'), await req.bodyParameter('__proto__')])

  test('gives the first value of a field or all, and the query does not count', async () => {
    const answer = await post(containerWith(show), 'a=1+2&a=3&b=%C3%A9&b=', form)
    expect(answer.body).toBe('["1 2",["é",""],""]\n')
    expect((await served!.call('POST', '/?a=9', form, 'b=1')).body).toBe('["",["1"],""]\n')
    expect((await served!.call('POST', '/', form, '__proto__=x')).body).toBe('["",[],"x"]\n')
  })

  test('is not looked for in a body of another type', async () => {
    expect((await post(containerWith(show), 'a=1', { 'Content-Type': 'text/plain' })).body).toBe('["",[],""]\n')
  })

  test('with a malformed escape is a 400', async () => {
    expect((await post(containerWith(show), 'a=%zz', form)).status).toBe(400)
  })

  test('that express.urlencoded() has read gives the same', async () => {
    const app = express()
    app.use(express.urlencoded({ extended: false }))
    app.use(containerWith(show).middleware())
    served = await Served.by(app)
    expect((await served.call('POST', '/', form, 'a=1&b=2&b=3')).body).toBe('["1",["2","3"],""]\n')
  })
})

describe('an entity is written', () => {
  class User {
    readonly name = 'A & <B>'
    readonly role = ['x', 'y']
    readonly none = null
    readonly since = new Date(0)
  }
  const write: RouteFunction = (_req, res) => res.writeEntity(new User())
  const xml =
    '<?xml version="1.0" encoding="UTF-8"?>\n<User><name>A &amp; &lt;B&gt;</name><role>x</role><role>y</role>' +
    '<since>1970-01-01T00:00:00.000Z</since></User>\n'

  const typeFor = async (accept: string | undefined, produces: string[], options: ContainerOptions = {}) => {
    const container = containerWith(write, options, (builder) => builder.produces(...produces))
    container.entityAccessor('text/csv', { read: String, write: (value) => Object.keys(value as object).join(',') })
    served = await Served.by((req, res) => {
      // Past the router, which has its own opinion of Accept.
      if (accept !== undefined) req.headers.accept = accept
      return container.dispatch(req, res)
    })
    const { status, headers } = await served.get('/')
    return status === 200 ? headers['content-type'] : status
  }

  test.each<[string | undefined, string[], string | number]>([
    [undefined, [XML_TYPE, JSON_TYPE], XML_TYPE],
    ['*/*', [JSON_TYPE, XML_TYPE], JSON_TYPE],
    ['application/xml', [JSON_TYPE, XML_TYPE], XML_TYPE],
    ['application/xml;q=0.5, application/json', [XML_TYPE, JSON_TYPE], JSON_TYPE],
    ['application/json, application/xml', [XML_TYPE, JSON_TYPE], JSON_TYPE],
    ['*/*, application/json;q=0.1', [JSON_TYPE, XML_TYPE], XML_TYPE],
    ['application/vnd.x+json', ['application/vnd.x+json'], 'application/vnd.x+json'],
    ['text/csv', ['text/csv'], 'text/csv'],
    ['application/xml, */*', [], XML_TYPE],
    [undefined, [], JSON_TYPE],
    ['image/png, */*', ['image/png'], 406],
  ])('for Accept %j by a route that produces %j as %s', async (accept, produces, expected) => {
    expect(await typeFor(accept, produces)).toBe(expected)
  })

  test('in the default representation where what the route produces does not decide', async () => {
    expect(await typeFor('*/*', [], { defaultResponseContentType: XML_TYPE })).toBe(XML_TYPE)
    expect(await typeFor('*/*', ['image/png'], { defaultResponseContentType: JSON_TYPE })).toBe(JSON_TYPE)
  })

  test('as XML with escapes, lists as repeated elements, and the name of its class as root', async () => {
    served = await Served.by(containerWith((_req, res) => res.writeAsXml(new User())))
    const answer = await served.get('/', { Accept: '*/*' })
    expect(answer).toMatchObject({ status: 200, body: xml })
    expect(answer.headers['content-type']).toBe(XML_TYPE)
  })

  test.each<[unknown, string]>([
    [[1, 2], '<list><item>1</item><item>2</item></list>'],
    [{ a: { '@id': 'x"<\n', '#text': 'é\u0000' } }, '<entity><a id="x&quot;&lt;\n">é\uFFFD</a></entity>'],
    ['text', '<entity>text</entity>'],
    [{}, '<entity></entity>'],
  ])('as XML %j becomes %s', async (value, expected) => {
    served = await Served.by(containerWith((_req, res) => res.writeAsXml(value)))
    expect((await served.get('/')).body).toBe(`<?xml version="1.0" encoding="UTF-8"?>\n${expected}\n`)
  })

  test('as XML not with a name that would be markup: 500', async () => {
    served = await Served.by(containerWith((_req, res) => res.writeAsXml({ 'a><script': 1 })))
    expect((await served.get('/')).status).toBe(500)
  })

  test('as XML is what is read of it again', async () => {
    const accessor = xmlAccessor({ root: 'user', arrays: ['role'] })
    const value = { '@id': '7', name: " A & 'B' ", role: ['x'], address: { street: 'a\tb' } }
    const text = accessor.write(value, { pretty: false })
    expect(accessor.read(Buffer.from(text), XML_TYPE)).toEqual(value)
    expect(accessor.read(Buffer.from(accessor.write(value, { pretty: true })), XML_TYPE)).toEqual(value)
  })

  test('indented where that is asked for', async () => {
    const value = { a: { b: 1 } }
    served = await Served.by(
      containerWith(
        (_req, res) => res.writeEntity(value),
        { prettyPrint: true },
        (b) => b.produces(JSON_TYPE, XML_TYPE),
      ),
    )
    expect((await served.get('/')).body).toBe('{\n "a": {\n  "b": 1\n }\n}')
    expect((await served.get('/', { Accept: XML_TYPE })).body).toContain('\n <a>\n  <b>1</b>\n </a>\n')
  })

  test('with its status; nothing is written for null but that', async () => {
    served = await Served.by(
      containerWith((req, res) => res.writeHeaderAndEntity(202, req.queryParameter('v') === '' ? null : [1])),
    )
    expect(await served.get('/')).toMatchObject({ status: 202, body: '' })
    expect(await served.get('/?v=1')).toMatchObject({ status: 202, body: '[1]\n' })
  })

  test('of a service error in what the client accepts', async () => {
    const container = new Container().serviceErrorHandler((error, _req, res) => {
      res.writeServiceErrorEntity(error)
      expect(res.error()).toBe(error)
    })
    served = await Served.by(container)
    expect(await served.get('/x')).toMatchObject({
      status: 404,
      body: '{"code":404,"message":"404: Page Not Found"}\n',
    })
    expect((await served.get('/x', { Accept: XML_TYPE })).body).toContain('<code>404</code>')
  })
})

test('what a container knows of media types is its own', async () => {
  const one = containerWith(echo).entityAccessor('text/plain', { read: (body) => [`${body}`], write: String })
  expect((await post(one, 'x', { 'Content-Type': 'text/plain' })).body).toBe('["x"]\n')
  expect((await post(containerWith(echo), 'x', { 'Content-Type': 'text/plain' })).status).toBe(400)
  expect(() => one.entityAccessor('no type', { read: String, write: String })).toThrow(TypeError)
})
