import { expect, test } from 'vitest'
import { encodeForStorage, withResourceVersion } from '../../lib/runtime/encode.js'
import { decodeJSON } from '../../lib/runtime/json/index.js'
import { widget, widgets } from './widgets.js'

const { v1 } = widgets()

test('kind, apiVersion and metadata come first, whatever the order of the object', () => {
  const object = { spec: { size: '1x1' }, metadata: { name: 'a' }, zeta: 1, apiVersion: 'x', kind: 'y', alpha: 2 }
  expect(encodeForStorage(object, v1).toString()).toBe(
    '{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"a"},"spec":{"size":"1x1"},"zeta":1,"alpha":2}',
  )
})

test('an object of metadata alone ends after it', () => {
  expect(encodeForStorage({ metadata: {} }, v1).toString()).toBe(
    '{"kind":"Widget","apiVersion":"example.com/v1","metadata":{}}',
  )
})

test('the resourceVersion is not stored, and the object keeps it', () => {
  const object = widget('a')
  object.metadata.resourceVersion = '7'
  expect(encodeForStorage(object, v1).toString()).not.toContain('resourceVersion')
  expect(object.metadata.resourceVersion).toBe('7')
})

test('members named __proto__ are stored like every other, and no prototype changes', () => {
  const { value } = decodeJSON(
    Buffer.from('{"metadata":{"labels":{"__proto__":"l"}},"__proto__":{"a":1},"spec":{"__proto__":[]}}'),
  )
  const text = encodeForStorage(value as ReturnType<typeof widget>, v1).toString()
  expect(text).toContain('"labels":{"__proto__":"l"}')
  expect(text).toContain('"__proto__":{"a":1}')
  expect(text).toContain('"spec":{"__proto__":[]}')
  expect(({} as { a?: unknown }).a).toBeUndefined()
})

test('integers beyond 2^53 are stored digit by digit', () => {
  const { value } = decodeJSON(Buffer.from('{"metadata":{},"spec":{"id":9007199254740993}}'))
  expect(encodeForStorage(value as ReturnType<typeof widget>, v1).toString()).toContain('{"id":9007199254740993}')
})

test('a copy says another resourceVersion, or none, and the original none of it', () => {
  const object = widget('a')
  const stamped = withResourceVersion(object, '7')
  expect(stamped.metadata.resourceVersion).toBe('7')
  expect(withResourceVersion(stamped, '').metadata).not.toHaveProperty('resourceVersion')
  expect(object.metadata).not.toHaveProperty('resourceVersion')
})
