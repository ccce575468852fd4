// A server in a process of its own: `server.mjs routes COUNT` (a container), `filters` (a trivial route behind three
// filters), `bare` (node:http with the same answer).
import { createServer } from 'node:http'
import { Container, WebService } from 'express-apiserver/restful'
import { answering, usage } from '../answering.mjs'
import { servicesOf } from './routes.mjs'

const BODY = 'hello'
const [kind, count] = process.argv.slice(2)

const answer = (_req, res) => res.end(BODY)
const pass = (req, res, chain) => chain.processFilter(req, res)

function routes() {
  const container = new Container()
  for (const { root, routes } of servicesOf(Number(count))) {
    const ws = new WebService().path(root)
    for (const { method, path } of routes) ws.route(ws.method(method).path(path).to(answer))
    container.add(ws)
  }
  return (req, res) => container.dispatch(req, res)
}

function filters() {
  const ws = new WebService().path('/hello')
  ws.route(ws.get('/').to(answer))
  const container = new Container().add(ws).filter(pass).filter(pass).filter(pass)
  return (req, res) => container.dispatch(req, res)
}

const listeners = { routes, filters, bare: () => answer }
const server = createServer(listeners[kind]())

answering({
  start: async () => {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server.address().port
  },
  usage,
})
