import { expect, test } from 'vitest'
import { compileSchema, kindVersion } from '../../lib/runtime/index.js'
import { widget } from './widgets.js'

const schema = compileSchema({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, { kind: 'Widget' })

test('a kind of the core group says its bare version', () => {
  const kind = kindVersion({ gvk: { group: '', version: 'v1', kind: 'Pod' }, schema })
  expect(kind.apiVersion).toBe('v1')
  expect(kind.prefix.toString()).toBe('{"kind":"Pod","apiVersion":"v1",')
})

test('a kind with one version is its own internal form, untyped, and its list is named after it', () => {
  const kind = kindVersion({ gvk: { group: 'example.com', version: 'v1', kind: 'Widget' }, schema })
  const object = widget('a')
  expect(kind.toInternal(object)).toBe(object)
  expect(kind.fromInternal(object)).toBe(object)
  expect(kind).toMatchObject({ apiVersion: 'example.com/v1', listKind: 'WidgetList', typed: false })
})

test('a list may have a name of its own', () => {
  const gvk = { group: 'example.com', version: 'v1', kind: 'Sheep' }
  expect(kindVersion({ gvk, schema, listKind: 'Flock' }).listKind).toBe('Flock')
})
