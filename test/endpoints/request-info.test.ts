import { describe, expect, test } from 'vitest'
import { newRequestInfo, RequestInfoError } from '../../lib/endpoints/index.js'

function info(method: string, url: string) {
  const [path = '', query = ''] = url.split('?')
  return newRequestInfo(method, path, () => new URLSearchParams(query))
}

describe('a resource request', () => {
  test.each([
    ['GET', '/api/v1/namespaces', 'list', '', 'namespaces', '', '', 'namespaces'],
    ['GET', '/api/v1/namespaces/other', 'get', 'other', 'namespaces', '', 'other', 'namespaces,other'],
    ['GET', '/api/v1/namespaces/other/pods', 'list', 'other', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/namespaces/other/pods/foo', 'get', 'other', 'pods', '', 'foo', 'pods,foo'],
    ['HEAD', '/api/v1/namespaces/other/pods/foo', 'get', 'other', 'pods', '', 'foo', 'pods,foo'],
    ['GET', '/api/v1/pods', 'list', '', 'pods', '', '', 'pods'],
    ['HEAD', '/api/v1/pods', 'list', '', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/proxy/namespaces/other/pods/foo', 'proxy', 'other', 'pods', '', 'foo', 'pods,foo'],
    [
      'GET',
      '/api/v1/proxy/namespaces/other/pods/foo/not/a/sub',
      'proxy',
      'other',
      'pods',
      '',
      'foo',
      'pods,foo,not,a,sub',
    ],
    ['GET', '/api/v1/watch/pods', 'watch', '', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/pods?watch=true', 'watch', '', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/pods?watch', 'watch', '', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/pods?watch=no', 'watch', '', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/pods?watch=false', 'list', '', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/pods?watch=FALSE', 'list', '', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/watch/namespaces/other/pods', 'watch', 'other', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/namespaces/other/pods?watch=1', 'watch', 'other', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/namespaces/other/pods?watch=0', 'list', 'other', 'pods', '', '', 'pods'],
    ['GET', '/api/v1/namespaces/other/pods/foo/status', 'get', 'other', 'pods', 'status', 'foo', 'pods,foo,status'],
    [
      'GET',
      '/api/v1/namespaces/other/pods/foo/proxy/sub',
      'get',
      'other',
      'pods',
      'proxy',
      'foo',
      'pods,foo,proxy,sub',
    ],
    [
      'PUT',
      '/api/v1/namespaces/other/finalize',
      'update',
      'other',
      'namespaces',
      'finalize',
      'other',
      'namespaces,other,finalize',
    ],
    [
      'PUT',
      '/api/v1/namespaces/other/status',
      'update',
      'other',
      'namespaces',
      'status',
      'other',
      'namespaces,other,status',
    ],
    ['PATCH', '/api/v1/namespaces/other/pods/foo', 'patch', 'other', 'pods', '', 'foo', 'pods,foo'],
    ['DELETE', '/api/v1/namespaces/other/pods/foo', 'delete', 'other', 'pods', '', 'foo', 'pods,foo'],
    ['POST', '/api/v1/namespaces/other/pods', 'create', 'other', 'pods', '', '', 'pods'],
    ['DELETE', '/api/v1/nodes', 'deletecollection', '', 'nodes', '', '', 'nodes'],
    ['DELETE', '/api/v1/namespaces', 'deletecollection', '', 'namespaces', '', '', 'namespaces'],
    ['DELETE', '/api/v1/namespaces/other/pods', 'deletecollection', 'other', 'pods', '', '', 'pods'],
    ['POST', '/apis/extensions/v1beta3/namespaces/other/pods', 'create', 'other', 'pods', '', '', 'pods'],
    ['OPTIONS', '/api/v1/pods/foo', '', '', 'pods', '', 'foo', 'pods,foo'],
    ['GET', '//api/v1/pods//', 'list', '', 'pods', '', '', 'pods'],
    ['GET', '/api/v1//pods', 'get', '', '', '', 'pods', ',pods'],
    ['GET', '/api/v1/namespaces//pods', 'list', '', 'pods', '', '', 'pods'],
  ])('%s %s', (method, url, verb, namespace, resource, subresource, name, parts) => {
    expect(info(method, url)).toMatchObject({
      isResourceRequest: true,
      verb,
      namespace,
      resource,
      subresource,
      name,
      parts: parts.split(','),
    })
  })

  test('of the core group has no group, every other has one', () => {
    expect(info('GET', '/api/v1/pods')).toMatchObject({ apiPrefix: 'api', apiGroup: '', apiVersion: 'v1' })
    expect(info('GET', '/apis/batch/v2/jobs')).toMatchObject({ apiPrefix: 'apis', apiGroup: 'batch', apiVersion: 'v2' })
  })
})

describe('everything else is about a path', () => {
  test.each([
    '',
    '/',
    '/api',
    '/api/version',
    '/api/version/',
    '/apis',
    '/apis/group/version/',
    '/apis/version/resource',
    '/badprefix/version/resource',
    '/apis/extensions/v1beta1',
    '/apis/extensions/v1beta1/',
    '/version',
  ])('%j', (path) => {
    expect(info('GET', path)).toMatchObject({ isResourceRequest: false, verb: 'get', path, resource: '', parts: [] })
  })

  test.each(['/api/version/resource', '/api/version/resource/name/sub', '/apis/batch/v1/job/foo/scale'])(
    'and %s is a resource',
    (path) => {
      expect(info('GET', path).isResourceRequest).toBe(true)
    },
  )
})

test.each(['/api/v1/watch', '/api/v1/watch/', '/api/v1/proxy', '/apis/g/v1/watch'])(
  '%s says to do something to nothing',
  (path) => {
    expect(() => info('GET', path)).toThrow(RequestInfoError)
    expect(() => info('GET', path)).toThrow(`unable to determine kind and namespace from url, ${path}`)
  },
)

describe('selectors', () => {
  const things = '/apis/group/version/things'

  test.each([
    ['GET', 'fieldSelector=metadata.name=name1', 'list', 'name1', 'metadata.name=name1'],
    ['GET', 'watch=true&fieldSelector=metadata.name=name1', 'watch', 'name1', 'metadata.name=name1'],
    ['GET', 'fieldSelector=metadata.name%3Dname1,foo%3Dbar', 'list', 'name1', 'metadata.name=name1,foo=bar'],
    ['GET', 'fieldSelector=metadata.name=name1,foo', 'list', '', 'metadata.name=name1,foo'],
    ['GET', 'watch=true&fieldSelector=metadata.name=name1,foo', 'watch', '', 'metadata.name=name1,foo'],
    ['GET', 'fieldSelector=metadata.name=foo/', 'list', '', 'metadata.name=foo/'],
    ['GET', 'fieldSelector=metadata.name!=foo', 'list', '', 'metadata.name!=foo'],
    ['GET', 'fieldSelector=a=first&fieldSelector=b=second', 'list', '', 'a=first'],
    ['DELETE', 'fieldSelector=foo=bar', 'deletecollection', '', 'foo=bar'],
    ['POST', 'fieldSelector=foo=bar', 'create', '', ''],
  ])('%s %s', (method, query, verb, name, fieldSelector) => {
    expect(info(method, `${things}?${query}`)).toMatchObject({ verb, name, fieldSelector })
  })

  test('of labels are kept for reads and deletes of many', () => {
    expect(info('GET', `${things}?labelSelector=a%3Db`).labelSelector).toBe('a=b')
    expect(info('DELETE', `${things}?labelSelector=a%3Db`).labelSelector).toBe('a=b')
  })

  test('of a request that names its object do not count', () => {
    const query = 'fieldSelector=metadata.name=other&labelSelector=a'
    expect(info('GET', `${things}/name1?${query}`)).toMatchObject({
      verb: 'get',
      name: 'name1',
      fieldSelector: '',
      labelSelector: '',
    })
  })
})
