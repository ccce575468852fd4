import { expect, test } from 'vitest'
import { humanDuration } from '../../lib/meta/time.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [-5 * SECOND, '<invalid>'],
  [-0.5 * SECOND, '0s'],
  [0, '0s'],
  [119 * SECOND, '119s'],
  [2 * MINUTE, '2m'],
  [5 * MINUTE + 30 * SECOND, '5m30s'],
  [10 * MINUTE + 30 * SECOND, '10m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 5 * MINUTE, '3h5m'],
  [9 * HOUR + 59 * MINUTE, '9h'],
  [47 * HOUR, '47h'],
  [2 * DAY, '2d'],
  [2 * DAY + 3 * HOUR, '2d3h'],
  [9 * DAY, '9d'],
  [729 * DAY, '729d'],
  [2 * 365 * DAY + DAY, '2y1d'],
  [9 * 365 * DAY + DAY, '9y'],
])('%d ms are shown as %s', (milliseconds, shown) => {
  expect(humanDuration(milliseconds)).toBe(shown)
})
