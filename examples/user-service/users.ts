import express, { type Express } from 'express'
import {
  accessLog,
  apiDocs,
  Container,
  commonLogLine,
  type FilterFunction,
  noBrowserCache,
  type Request,
  type Response,
  ServiceError,
  WebService,
  xmlAccessor,
} from 'express-apiserver/restful'

interface User {
  readonly id: string
  readonly name: string
  readonly age: number
}

const userSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    id: { type: 'string', description: 'given by the server when absent', example: '2' },
    name: { type: 'string', example: 'Grace' },
    age: { type: 'integer', minimum: 0, example: 36 },
  },
}

/** Users in memory: create, read, update and delete, in JSON and XML. */
class UserResource {
  readonly #users = new Map<string, User>([['1', { id: '1', name: 'Ada', age: 36 }]])
  #lastId = 1

  service(): WebService {
    const types = ['application/json', 'application/xml']
    const ws = new WebService().path('/users').doc('Manage users')
    ws.consumes(...types).produces(...types)
    const id = ws.pathParameter('id', 'identifier of the user')
    ws.filter(noBrowserCache)
    ws.route(ws.get('/').to(this.list).operation('listUsers').doc('get all users').writes('[]User'))
    ws.route(ws.get('/{id}').to(this.read).operation('readUser').doc('get a user').param(id).writes('User').do(mayMiss))
    ws.route(ws.post('/').to(this.create).operation('createUser').doc('create a user').reads('User').do(created))
    ws.route(
      ws
        .put('/{id}')
        .to(this.update)
        .operation('updateUser')
        .doc('update a user')
        .param(id)
        .reads('User')
        .writes('User'),
    )
    ws.route(ws.delete('/{id}').to(this.remove).operation('deleteUser').doc('delete a user').param(id).do(mayMiss))
    return ws
  }

  list = (_req: Request, res: Response): void => res.writeEntity([...this.#users.values()])

  read = (req: Request, res: Response): void => res.writeEntity(this.#found(req))

  create = async (req: Request, res: Response): Promise<void> => {
    const user = await userOf(req, String(++this.#lastId))
    this.#users.set(user.id, user)
    res.setHeader('Location', `/users/${encodeURIComponent(user.id)}`)
    res.writeHeaderAndEntity(201, user)
  }

  update = async (req: Request, res: Response): Promise<void> => {
    const user = await userOf(req, req.pathParameter('id'))
    this.#users.set(user.id, user)
    res.writeEntity(user)
  }

  remove = (req: Request, res: Response): void => {
    this.#users.delete(this.#found(req).id)
    res.writeHeader(204)
  }

  #found(req: Request): User {
    const user = this.#users.get(req.pathParameter('id'))
    if (user === undefined) throw new ServiceError(404, `no user ${JSON.stringify(req.pathParameter('id'))}`)
    return user
  }
}

type Builder = ReturnType<WebService['get']>

function mayMiss(builder: Builder): void {
  builder.returns(404, 'no such user')
}

function created(builder: Builder): void {
  builder.returns(201, 'created', 'User', { Location: 'where the user is' }).returns(400, 'no user')
}

// XML knows texts alone, so the age may be one.
async function userOf(req: Request, id: string): Promise<User> {
  const { name, age = 0 } = (await req.readEntity<Partial<Record<string, unknown>> | null>()) ?? {}
  if (typeof name !== 'string' || name === '') throw new ServiceError(400, 'name must be a text')
  if (!Number.isInteger(Number(age)) || Number(age) < 0) throw new ServiceError(400, 'age must be a whole number')
  return { id, name, age: Number(age) }
}

/** A filter of one's own: how long the request took, in milliseconds. */
const measureTime: FilterFunction = async (req, res, chain) => {
  const start = performance.now()
  await chain.processFilter(req, res)
  if (!res.headersSent) res.setHeader('Server-Timing', `total;dur=${(performance.now() - start).toFixed(1)}`)
}

/** An Express app with the users below `/users` and their documentation at `/apidocs/`. */
export function createUserService(log: (line: string) => void = () => undefined): Express {
  const container = new Container({ contentEncodingEnabled: true, prettyPrint: true })
  container.entityAccessor('application/xml', xmlAccessor({ root: 'user' }))
  container.filter(accessLog((entry) => log(commonLogLine(entry))))
  container.filter(measureTime)
  container.add(new UserResource().service())
  container.add(apiDocs(container, { title: 'User service', version: '1.0.0', models: { User: userSchema } }))

  const app = express()
  app.disable('x-powered-by')
  app.use(container.middleware())
  return app
}
