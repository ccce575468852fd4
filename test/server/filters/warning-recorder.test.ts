import { describe, expect, test } from 'vitest'
import type { WarningRecorder } from '../../../lib/endpoints/index.js'
import { withWarningRecorder } from '../../../lib/server/filters/warning-recorder.js'
import { create, freshPath, served, V1, widget } from '../harness.js'

describe('warnings', () => {
  const usual = served()
  const seen: string[] = []
  const recorder: WarningRecorder = { record: (text) => void seen.push(text), warnings: undefined }
  const logged = served({
    buildHandlerChain: (filters) =>
      filters.map((slot) =>
        slot.name === 'WarningRecorder' ? { ...slot, filter: withWarningRecorder(() => recorder) } : slot,
      ),
  })
  const silent = served({ buildHandlerChain: (filters) => filters.filter(({ name }) => name !== 'WarningRecorder') })
  const deprecated = `${V1}/namespaces/default/widgets`

  test('are told to the client, each once', async () => {
    const { headers } = await usual.send(deprecated)
    expect(headers.warning).toContain('299 - "example.com/v1 Widget is deprecated')
  })

  test('go where another recorder takes them', async () => {
    expect((await logged.send(deprecated)).headers.warning).toBeUndefined()
    expect(seen).toEqual([expect.stringContaining('example.com/v1 Widget is deprecated')])
  })

  test('go nowhere without one, and nothing fails for it', async () => {
    const answer = await silent.send(deprecated)
    expect([answer.status, answer.headers.warning]).toEqual([200, undefined])
    const path = freshPath()
    await create(silent, path, widget('a', { color: 'beige' }))
  })
})
