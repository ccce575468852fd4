// What holds for the Store holds for a cache in front of it: its tests, run once more.
process.env.STORAGE_UNDER_TEST = 'cacher'

await import('../store/single.test.js')
await import('../store/list.test.js')
await import('../store/watch.test.js')
await import('../store/transformer.test.js')
