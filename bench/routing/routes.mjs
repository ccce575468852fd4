// The routes that are measured: resources with five routes each, ten routes a service, as an API has them.

const ROUTES_OF_A_RESOURCE = [
  { method: 'GET', path: '' },
  { method: 'POST', path: '' },
  { method: 'GET', path: '/{id}' },
  { method: 'PUT', path: '/{id}' },
  { method: 'GET', path: '/{id}/history/{version}' },
]
const RESOURCES_OF_A_SERVICE = 2
const REQUESTS = 8192

/** @returns {{ root: string, routes: { method: string, path: string }[] }[]} services of `count` routes in all */
export function servicesOf(count) {
  const resources = Math.ceil(count / ROUTES_OF_A_RESOURCE.length)
  return Array.from({ length: Math.ceil(resources / RESOURCES_OF_A_SERVICE) }, (_, service) => ({
    root: `/apis/group${service}/v1`,
    routes: Array.from({ length: RESOURCES_OF_A_SERVICE }, (_, i) => i)
      .filter((i) => service * RESOURCES_OF_A_SERVICE + i < resources)
      .flatMap((i) => ROUTES_OF_A_RESOURCE.map(({ method, path }) => ({ method, path: `/things${i}${path}` }))),
  }))
}

/**
 * Requests spread over all the routes, as many for few routes as for many, so that only the table differs.
 *
 * @returns {{ method: string, url: string }[]}
 */
export function requestsOf(count, wanted = () => true) {
  const routes = servicesOf(count).flatMap(({ root, routes }) =>
    routes.map(({ method, path }) => ({ method, path: root + path })),
  )
  const fitting = routes.filter(wanted)
  return Array.from({ length: REQUESTS }, (_, i) => {
    const { method, path } = fitting[spread(i) % fitting.length]
    const url = path.replace('{id}', `thing-${spread(i + REQUESTS) % 100_000}`).replace('{version}', `${i}`)
    return { method, url: flat(url) }
  })
}

// Looks random, and is the same in every run (Knuth's multiplicative hash).
const spread = (i) => Math.imul(i + 1, 2_654_435_761) >>> 0

// A URL as it comes off a socket: one piece, not pieces strung together.
const flat = (text) => Buffer.from(text, 'latin1').toString('latin1')
