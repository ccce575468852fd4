// Serves the sample's API under other names, after `npm run build`. Flags are those of the examples:
//   node test/conformance/twin-server.mjs --port 0 [--data DIR | --etcd-servers URL --etcd-prefix /PATH]
// Says "… on http://HOST:PORT" when it listens; ends on SIGTERM.
import './typescript.mjs'

const { parseFlags } = await import('../../examples/flags.ts')
const { serve } = await import('../../examples/serve.ts')
const { createTwin } = await import('./twin.ts')

const twin = {
  keepsObjects: true,
  mounts: ['front'],
  create: ({ mount: _, ...options }) => ({ api: createTwin(options) }),
  commands: (url) => [`kubectl --server ${url} get satsumae`],
}

await serve(twin, { ...parseFlags(process.argv.slice(2)), example: 'twin' })
