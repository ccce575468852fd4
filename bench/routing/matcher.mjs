// One router in a process of its own: `matcher.mjs curly|strict|jsr311|find-my-way COUNT`.
import { performance } from 'node:perf_hooks'
import { CurlyRouter, RouterJSR311, requestPath, WebService } from 'express-apiserver/restful'
import findMyWay from 'find-my-way'
import { answering } from '../answering.mjs'
import { requestsOf, servicesOf } from './routes.mjs'

const WARM_UP_SECS = 0.5

const [kind, text] = process.argv.slice(2)
const count = Number(text)
const requests = requestsOf(count)
const routers = new Map([
  ['curly', () => restful(new CurlyRouter())],
  ['strict', () => restful(new CurlyRouter({ strict: true }))],
  ['jsr311', () => restful(new RouterJSR311())],
  ['find-my-way', foreign],
])
const match = routers.get(kind)()

/** What a request needs from its URL to its route and the value of its parameter. */
function restful(router) {
  const services = servicesOf(count).map(({ root, routes }) => {
    const ws = new WebService().path(root)
    for (const { method, path } of routes)
      ws.route(
        ws
          .method(method)
          .path(path)
          .to(() => {}),
      )
    return ws
  })
  const table = router.compile(services, { trimRightSlash: true })
  const messages = requests.map(({ method, url }) => ({ method, url, headers: { host: 'localhost' }, rawHeaders: [] }))
  return (i) => {
    const message = messages[i]
    const { route, parameters } = table.selectRoute(requestPath(message.url), message)
    return (route === undefined ? 0 : 1) + (parameters.get('id')?.length ?? 0)
  }
}

function foreign() {
  const router = findMyWay()
  for (const { root, routes } of servicesOf(count))
    for (const { method, path } of routes) {
      const template = (root + path).replace(/\{(\w+)\}/g, ':$1')
      router.on(method, template, () => {}, template)
    }
  return (i) => {
    const { method, url } = requests[i]
    const { store, params } = router.find(method, url)
    return (store === null ? 0 : 1) + (params.id?.length ?? 0)
  }
}

/** @returns routes found in a second of this process's own time, so that others on the machine do not count */
function run(secs) {
  const end = performance.now() + secs * 1000
  const since = process.cpuUsage()
  let matched = 0
  let sum = 0
  while (performance.now() < end) {
    for (let i = 0; i < requests.length; i++) sum += match(i)
    matched += requests.length
  }
  const { user, system } = process.cpuUsage(since)
  return { rate: (matched * 1e6) / (user + system), sum }
}

answering({
  measure: ({ secs }) => {
    run(WARM_UP_SECS)
    return run(secs).rate
  },
})
