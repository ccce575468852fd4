import { expect, test } from 'vitest'
import { listLength } from '../../../lib/runtime/json/index.js'

test.each([
  ['[]', 0],
  [' [ ] ', 0],
  ['{}', 0],
  ['"[1,2]"', 0],
  ['', 0],
  ['[1]', 1],
  ['[[]]', 1],
  ['["a,b", "c\\",d"]', 2],
  ['[1, [2, 3], {"a": 4, "b": [5, 6]}]', 3],
  ['[1,2,3] trailing, rubbish', 3],
])('%s has so many elements: %d', (text, length) => {
  expect(listLength(Buffer.from(text))).toBe(length)
})

test('malformed text is counted too, and never loops', () => {
  for (const text of ['[1,', '["', '["\\', '[[[[', ']]]', '[1}}', '[,'])
    expect(listLength(Buffer.from(text))).toBeGreaterThanOrEqual(0)
})
