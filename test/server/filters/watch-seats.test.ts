import { expect, test } from 'vitest'
import { parseExposition, sumOf } from '../../support/prometheus.js'
import { openWatch } from '../../support/server.js'
import { create, freshPath, served, widget } from '../harness.js'

const server = served({ flowControl: true, metrics: true })

test('a watch that has told what there was takes no seat of its priority level any more', async () => {
  const path = freshPath()
  await create(server, path, widget('a'))
  const watch = await openWatch(`${server.url}${path}?watch=true`)
  await watch.until((events) => events.length === 1)
  const executing = async () =>
    sumOf(parseExposition((await server.send('/metrics')).text), 'apiserver_flowcontrol_current_executing_requests', {})
  // The question itself is one.
  while ((await executing()) !== 1);
  expect(await executing()).toBe(1)
  watch.cancel()
})
