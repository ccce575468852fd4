// The house rule: imports run downwards only. server → apis → endpoints → registry → storage → runtime → meta;
// restful stands beside, used by endpoints and above; authentication, authorization, audit and flowcontrol know no HTTP route. See README, "The rooms".
/** What each room stands on; it may import that, and whatever that stands on. */
const rooms = {
  meta: [],
  runtime: ['meta'],
  storage: ['runtime'],
  admission: ['runtime'],
  registry: ['storage', 'admission'],
  authentication: ['runtime'],
  authorization: ['runtime'],
  audit: ['runtime'],
  flowcontrol: ['runtime'],
  restful: [],
  openapi: ['runtime', 'restful'],
  endpoints: ['registry', 'openapi'],
  apis: ['endpoints', 'authentication', 'authorization'],
  server: ['apis', 'audit', 'flowcontrol'],
}

const allBelow = (room) => [...new Set(rooms[room].flatMap((below) => [below, ...allBelow(below)]))]

const forbidden = Object.keys(rooms).map((room) => ({
  name: `${room}-imports-downwards`,
  comment: `lib/${room} may import ${allBelow(room).join(', ') || 'no other room'}`,
  severity: 'error',
  from: { path: `^lib/${room}/` },
  to: { path: '^lib/', pathNot: `^lib/(${[room, ...allBelow(room)].join('|')})/` },
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
