import express, { type Express, type Request as ExpressRequest } from 'express'
import { Container, WebService } from 'express-apiserver/restful'

interface User {
  readonly id: string
  readonly name: string
}

/** Users in memory, served by a go-restful style service. */
function userService(users: Map<string, User>): WebService {
  const ws = new WebService().path('/users').consumes('application/json').produces('application/json')

  ws.route(
    ws
      .get('/')
      .doc('lists users')
      .to((_req, res) => res.writeAsJson([...users.values()])),
  )

  ws.route(
    ws
      .get('/{id}')
      .doc('reads a user')
      .param(ws.pathParameter('id', 'what the user is called by'))
      .to((req, res) => {
        const user = users.get(req.pathParameter('id'))
        if (user) res.writeAsJson(user)
        else res.writeErrorString(404, `no user ${JSON.stringify(req.pathParameter('id'))}`)
      }),
  )

  ws.route(
    ws
      .put('/{id}')
      .doc('creates or replaces a user')
      .to((req, res) => {
        // express.json() of the app below has read the body.
        const { name } = ((req.request as ExpressRequest).body ?? {}) as { name?: unknown }
        if (typeof name !== 'string') return res.writeErrorString(400, 'name must be a string')
        const user = { id: req.pathParameter('id'), name }
        users.set(user.id, user)
        res.writeAsJson(user)
      }),
  )

  return ws
}

/** An Express app that hands `/users` to a container and keeps its other routes. */
export function createHello(): Express {
  const container = new Container()
  container.filter(async (req, res, chain) => {
    res.setHeader('X-Served-By', 'restful')
    await chain.processFilter(req, res)
  })
  container.add(userService(new Map([['1', { id: '1', name: 'Ada' }]])))

  const app = express()
  app.use(express.json())
  app.get('/', (_req, res) => {
    res.send('hello from Express')
  })
  app.all('/users{/*rest}', (req, res) => container.dispatch(req, res))
  return app
}
