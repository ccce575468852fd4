import { expect, test } from 'vitest'
import { DerivedForms } from '../../lib/runtime/derived-forms.js'

function forms(maxBytes: number) {
  const forgotten: number[] = []
  const derived = new DerivedForms(maxBytes)
  const keep = (id: number, bytes: number) => derived.keep({ forget: () => forgotten.push(id) }, bytes)
  return { derived, forgotten, keep }
}

test('while there is room everything is kept', () => {
  const { derived, forgotten, keep } = forms(100)
  for (let i = 0; i < 10; i++) keep(i, 10)
  expect([derived.bytes, forgotten]).toEqual([100, []])
})

test('the oldest go first, as many as must', () => {
  const { derived, forgotten, keep } = forms(100)
  for (let i = 0; i < 10; i++) keep(i, 10)
  keep(10, 25)
  expect([derived.bytes, forgotten]).toEqual([95, [0, 1, 2]])
})

test('the newest stays, however big, until the next comes', () => {
  const { derived, forgotten, keep } = forms(100)
  keep(0, 10)
  keep(1, 1_000)
  expect([derived.bytes, forgotten]).toEqual([1_000, [0]])
  keep(2, 1)
  expect([derived.bytes, forgotten]).toEqual([1, [0, 1]])
})

test('any number may come and go: each is forgotten once, in order, and never more are kept than fit', () => {
  const { derived, forgotten, keep } = forms(5_000)
  for (let i = 0; i < 20_000; i++) {
    keep(i, 1 + (i % 7))
    expect(derived.bytes).toBeLessThanOrEqual(5_000)
  }
  expect(forgotten).toEqual(Array.from({ length: forgotten.length }, (_, i) => i))
  expect(20_000 - forgotten.length).toBeGreaterThan(1_000)
})
