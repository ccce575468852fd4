// Joins lib/ into a few modules in dist/: Node takes longer to find, read and link hundreds of them than to run them.
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { root } from './run.mjs'

const out = join(root, 'dist')
// What package.json exports; and the main module of a thread, which its starter looks for in its own folder.
const input = {
  index: 'lib/index.ts',
  'restful/index': 'lib/restful/index.ts',
  'storage/index': 'lib/storage/index.ts',
  'yaml-worker': 'lib/endpoints/negotiation/yaml-worker.ts',
}

const bundle = await rolldown({
  cwd: root,
  input,
  platform: 'node',
  // Packages stay where they are: some are loaded late, some not at all.
  external: /^[^./]/,
  resolve: { extensionAlias: { '.js': ['.ts'] } },
  transform: { target: 'es2022' },
  treeshake: false,
})
await bundle.write({
  dir: out,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  sourcemap: true,
  // Names of classes are what logs and stack traces tell.
  keepNames: true,
})
await bundle.close()
