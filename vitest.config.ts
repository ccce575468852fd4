import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const lib = (path: string) => fileURLToPath(new URL(`./lib/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^express-apiserver$/, replacement: lib('index.ts') },
      { find: /^express-apiserver\/restful$/, replacement: lib('restful/index.ts') },
      { find: /^express-apiserver\/storage$/, replacement: lib('storage/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is polled for comes when it comes: a busy machine may need more than the second that is the default.
    expect: { poll: { timeout: 20_000 } },
  },
})
