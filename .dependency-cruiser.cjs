// The house rule: imports run downwards only. server → apis → endpoints → registry → storage → runtime → meta;
// restful stands beside, used by endpoints and above; authentication, authorization, audit and flowcontrol know no HTTP route. See README, "The rooms".
const rooms = {
  meta: [],
  runtime: ['meta'],
  storage: ['meta', 'runtime'],
  admission: ['meta', 'runtime'],
  registry: ['meta', 'runtime', 'storage', 'admission'],
  authentication: ['meta', 'runtime'],
  authorization: ['meta', 'runtime'],
  audit: ['meta', 'runtime'],
  flowcontrol: ['meta', 'runtime'],
  restful: [],
  openapi: ['meta', 'runtime', 'restful'],
  endpoints: ['meta', 'runtime', 'storage', 'admission', 'registry', 'restful', 'openapi'],
  apis: [
    'meta',
    'runtime',
    'storage',
    'admission',
    'registry',
    'authentication',
    'authorization',
    'restful',
    'openapi',
    'endpoints',
  ],
  server: [
    'meta',
    'runtime',
    'storage',
    'admission',
    'registry',
    'authentication',
    'authorization',
    'audit',
    'flowcontrol',
    'restful',
    'openapi',
    'endpoints',
    'apis',
  ],
}

const forbidden = Object.entries(rooms).map(([room, below]) => ({
  name: `${room}-imports-downwards`,
  comment: `lib/${room} may import ${below.length > 0 ? below.join(', ') : 'no other room'}`,
  severity: 'error',
  from: { path: `^lib/${room}/` },
  to: { path: '^lib/', pathNot: `^lib/(${[room, ...below].join('|')})/` },
}))

module.exports = {
  forbidden: [
    ...forbidden,
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^lib/', pathNot: '\\.d\\.ts$' }, to: {} },
    {
      name: 'lib-stands-alone',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(test|examples|scripts|bench)/' },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
