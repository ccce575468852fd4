import { describe, expect, test } from 'vitest'
import { headroom, writeItems } from '../../lib/endpoints/response/item-writer.js'
import { StoredObject } from '../../lib/runtime/index.js'
import { widgets } from '../runtime/widgets.js'
import { create, freshPath, served, widget } from '../server/harness.js'

describe.each([
  ['kinds that leave it out', true],
  ['kinds that say it', false],
])('items of lists, of %s', (_, typed) => {
  const { v1, codec } = widgets(typed)
  const stored = (spec: string, revision: number) =>
    new StoredObject(
      `/registry/${revision}`,
      Buffer.from(`${v1.prefix}"metadata":{},"spec":${spec}}`),
      revision,
      codec,
    ).settle()

  test.each([0, 1, 7, 40, 5000])(
    'are written as one after the other, however long they are (up to %i characters more)',
    (longest) => {
      const items = Array.from({ length: 50 }, (_, i) => stored(`"${'x'.repeat((i * 7919) % (longest + 1))}"`, i + 1))
      const joined = items.map((item) => `${Buffer.concat(item.itemEncodedAs(v1))},`).join('')
      const front = headroom(v1)
      const target = Buffer.alloc(front + 20_000)
      let text = ''
      for (let from = 0; from < items.length; ) {
        const { next, end } = writeItems(items, v1, from, target, front)
        expect(next).toBeGreaterThan(from)
        text += target.toString('utf8', front, end)
        from = next
      }
      expect(text).toBe(joined)
    },
  )

  test('are left for later when they do not fit', () => {
    const items = [stored(`"${'x'.repeat(500)}"`, 1)]
    expect(writeItems(items, v1, 0, Buffer.alloc(300), headroom(v1))).toMatchObject({ next: 0 })
  })
})

describe('a list of many megabytes', () => {
  const server = served()

  test('is sent in chunks, and holds everything', async () => {
    const path = freshPath()
    const text = 'ü'.repeat(120_000)
    for (let i = 0; i < 24; i++) await create(server, path, widget(`w${i + 10}`, {}, { annotations: { text } }))
    const answer = await server.send(path)
    expect(answer.headers['transfer-encoding']).toBe('chunked')
    const { items } = answer.json<{ items: { metadata: { name: string; annotations: { text: string } } }[] }>()
    expect(items.map(({ metadata }) => metadata.name)).toEqual(Array.from({ length: 24 }, (_, i) => `w${i + 10}`))
    expect(items.every(({ metadata }) => metadata.annotations.text === text)).toBe(true)
  })
})
