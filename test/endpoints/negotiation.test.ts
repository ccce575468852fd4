import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { parseAccept } from '../../lib/endpoints/negotiation/accept.js'
import {
  allowAllTransforms,
  allowNoTransforms,
  negotiateInput,
  negotiateOutput,
  negotiateStream,
} from '../../lib/endpoints/negotiation/negotiate.js'
import { create, freshPath, served, widget } from '../server/harness.js'

const requesting = (headers: Record<string, string>, url = '/') => ({ headers, url }) as unknown as IncomingMessage

function negotiated(accept: string, { url = '/', userAgent = '', transforms = true } = {}) {
  const headers = { accept, ...(userAgent ? { 'user-agent': userAgent } : {}) }
  const allows = transforms ? allowAllTransforms : allowNoTransforms
  const query = () => new URLSearchParams(url.split('?')[1] ?? '')
  const { serializer, transform, pretty } = negotiateOutput(requesting(headers, url), query, allows)
  return { type: serializer.mediaType, transform, pretty }
}

const TABLE = 'as=Table;v=v1;g=meta.k8s.io'
const JSON_TYPE = 'application/json'
const YAML = 'application/yaml'

describe('an answer is in the best form that can be made', () => {
  test.each([
    ['', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['application/yaml', YAML],
    ['application/json;q=0.1, application/yaml', YAML],
    ['application/yaml;q=0.5, application/json;q=0.6', JSON_TYPE],
    ['*/*, application/yaml', YAML],
    ['*/*;q=0.9, application/yaml;q=0.1', YAML],
    ['application/yaml;q=0.1, */*;q=0.9', JSON_TYPE],
    ['application/json;stream=watch', JSON_TYPE],
    ['application/json;stream=;sv=v1', JSON_TYPE],
    ['application/*, application/yaml', YAML],
    ['text/html,application/yaml;q=0.1', YAML],
    ['unrecognized/stuff,application/json; pretty=1', JSON_TYPE],
    ['application/json;as=BOGUS;v=v1beta1;g=meta.k8s.io, application/yaml', YAML],
    ['application/BOGUS, application/json', JSON_TYPE],
    ['application/vnd.kubernetes.protobuf, application/json', JSON_TYPE],
    ['application/json; charset=utf-8', JSON_TYPE],
    [' , ,application/json', JSON_TYPE],
  ])('%j → %s', (accept, type) => {
    expect(negotiated(accept)).toMatchObject({ type, transform: undefined })
  })

  test.each([
    'application',
    'text/html',
    'application/BOGUS',
    'application/vnd.kubernetes.protobuf',
    'application/json;as=Table;v=v1alpha1;g=meta.k8s.io',
    'application/json;as=Table;v=v1;g=other.io',
    'application/json;as=Table',
    'application/json;as=;v=v1;g=meta.k8s.io',
    'application/json;g=meta.k8s.io',
    'application/json;v=v1',
    'application/json;stream=other',
    'application/yaml;stream=watch',
    'application/json;sv=1',
  ])('%j is not acceptable', (accept) => {
    expect(() => negotiated(accept)).toThrow(
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    )
  })
})

describe('another form of the object', () => {
  test.each([
    [`${JSON_TYPE};${TABLE}`, { kind: 'Table', version: 'v1' }],
    [`${JSON_TYPE};g=meta.k8s.io;as=Table;v=v1beta1`, { kind: 'Table', version: 'v1beta1' }],
    [`${YAML};${TABLE}`, { kind: 'Table', version: 'v1' }],
    [`application/vnd.kubernetes.protobuf;${TABLE},${JSON_TYPE};${TABLE}`, { kind: 'Table', version: 'v1' }],
    [`${JSON_TYPE};as=Table;v=v1alpha1;g=meta.k8s.io,${JSON_TYPE};${TABLE}`, { kind: 'Table', version: 'v1' }],
    [`${JSON_TYPE};as=PartialObjectMetadata;v="v1";g=meta.k8s.io`, { kind: 'PartialObjectMetadata', version: 'v1' }],
    [`${JSON_TYPE};${TABLE}, ${JSON_TYPE}`, { kind: 'Table', version: 'v1' }],
    [`${JSON_TYPE}, ${JSON_TYPE};${TABLE}`, undefined],
  ])('%j → %j', (accept, transform) => {
    expect(negotiated(accept).transform).toEqual(transform)
  })

  test('is passed over where there is none, and refused when nothing else will do', () => {
    expect(negotiated(`${JSON_TYPE};${TABLE}, ${YAML}`, { transforms: false })).toMatchObject({ type: YAML })
    expect(() => negotiated(`${JSON_TYPE};${TABLE}`, { transforms: false })).toThrow('are accepted')
  })
})

describe('a watch', () => {
  const framed = (accept: string) => negotiateStream(requesting({ accept }), () => new URLSearchParams())

  test.each(['', '*/*', JSON_TYPE, `${JSON_TYPE};stream=watch`, `${JSON_TYPE};${TABLE}`])(
    'is framed as %j asks',
    (accept) => {
      expect(framed(accept).mediaType).toBe(JSON_TYPE)
    },
  )

  test.each([YAML, `${YAML},${JSON_TYPE};q=0.5`, `${JSON_TYPE};stream=other`])('is not framed as %j', (accept) => {
    expect(() => framed(accept)).toThrow(
      'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    )
  })
})

describe('answers are indented for people', () => {
  test.each([
    ['/?pretty=true', JSON_TYPE, '', true],
    ['/?pretty=1', JSON_TYPE, '', true],
    ['/?pretty=0', JSON_TYPE, 'curl/8', false],
    ['/?pretty=0', `${JSON_TYPE};pretty=1`, '', true],
    ['/?pretty=', JSON_TYPE, 'curl/8', true],
    ['/?pretty=yes', JSON_TYPE, 'curl/8', false],
    ['/?pretty', JSON_TYPE, '', false],
    ['/', `${JSON_TYPE};pretty=1`, '', true],
    ['/', `${JSON_TYPE};pretty=0`, '', false],
    ['/', '*/*', 'curl/8.0', true],
    ['/', '*/*', 'Wget/1.2', true],
    ['/', '*/*', 'Mozilla/5.0 (X11)', true],
    ['/', '*/*', 'kubectl/v1.32 curl', false],
    ['/', '*/*', '', false],
  ])('%s, Accept %s, User-Agent %j: %s', (url, accept, userAgent, pretty) => {
    expect(negotiated(accept, { url, userAgent }).pretty).toBe(pretty)
  })
})

describe('a body is read by its Content-Type', () => {
  test.each([
    ['', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['Application/JSON; charset=utf-8', JSON_TYPE],
    ['application/yaml;x=y', YAML],
  ])('%j → %s', (type, mediaType) => {
    expect(negotiateInput(requesting({ 'content-type': type })).mediaType).toBe(mediaType)
  })

  test.each(['text/plain', 'application/xml', 'application/vnd.kubernetes.protobuf', ';'])('%j is not read', (type) => {
    expect(() => negotiateInput(requesting({ 'content-type': type }))).toThrow(
      'the body of the request was in an unknown format - accepted media types include: application/json',
    )
  })
})

describe('the Accept header of a stranger', () => {
  test('costs no more than its first clauses', () => {
    expect(parseAccept(`${'text/x,'.repeat(100_000)}application/json`).length).toBeLessThanOrEqual(64)
  })

  test.each(['q=2', 'q=-1', 'q=x', 'q='])('with quality %s counts in full', (quality) => {
    expect(parseAccept(`a/b;${quality}`)[0]?.quality).toBe(1)
  })

  test('may name parameters after members of every object', () => {
    const [clause] = parseAccept('a/b;__proto__=x;constructor=y')
    expect([clause?.params.get('__proto__'), clause?.params.get('toString')]).toEqual(['x', undefined])
  })
})

describe('on the wire', () => {
  const server = served()
  const path = freshPath()

  test('what cannot be answered as asked is 406, said in JSON all the same', async () => {
    await create(server, path, widget('a'))
    for (const accept of ['text/html', `${JSON_TYPE};as=Table;v=v1alpha1;g=meta.k8s.io`]) {
      const answer = await server.send(`${path}/a`, { headers: { accept } })
      expect(answer.status).toBe(406)
      expect(answer.headers['content-type']).toBe(JSON_TYPE)
      expect(answer.json()).toMatchObject({ kind: 'Status', reason: 'NotAcceptable' })
      expect(answer.text.startsWith('{\n  "kind": "Status"')).toBe(true)
    }
  })

  test('a watch is framed only once the store has begun it', async () => {
    const headers = { accept: `${YAML},${JSON_TYPE}` }
    const refused = await server.send(`${path}?watch=1&timeoutSeconds=1`, { headers })
    expect([refused.status, refused.text]).toEqual([406, expect.stringContaining('application/json;stream=watch')])
    expect((await server.send(`${path}?watch=1&resourceVersion=x`, { headers })).status).toBe(500)
  })

  test('an error is a Status in the form that the client accepts', async () => {
    const yaml = await server.send(`${path}/none`, { headers: { accept: YAML } })
    expect([yaml.status, yaml.headers['content-type']]).toEqual([404, YAML])
    expect(yaml.text).toContain('reason: NotFound\n')
  })

  test.each([
    [`${JSON_TYPE};as=PartialObjectMetadata;v=v1;g=meta.k8s.io`, '', 'the requested object is a list'],
    [`${JSON_TYPE};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`, '/a', 'is not a list'],
  ])('%s does not fit %j', async (accept, item, why) => {
    const answer = await server.send(path + item, { headers: { accept } })
    expect(answer.status).toBe(406)
    expect(answer.json<{ message: string }>().message).toContain(why)
  })
})
