import compression from 'compression'
import express, { type Express } from 'express'
import { type ApiServer, type ApiServerOptions, apiserver, defineResource } from 'express-apiserver'
import helmet from 'helmet'
import { login } from './login.js'

const orders = defineResource({
  group: 'shop.example.com',
  version: 'v1',
  kind: 'Order',
  plural: 'orders',
  scope: 'Namespaced',
  shortNames: ['ord'],
  schema: {
    type: 'object',
    description: 'What a customer wants to have.',
    properties: {
      spec: {
        type: 'object',
        required: ['item'],
        properties: {
          item: { type: 'string', minLength: 1, description: 'What is ordered.' },
          quantity: { type: 'integer', minimum: 1, default: 1, description: 'How many of it.' },
        },
      },
    },
  },
})

/** What customers do without a login. */
const FOR_ALL = new Set(['get', 'list', 'watch', 'create', 'post'])

/** An app with routes and a login of its own, and the API of orders below `/k8s`: the rest is for staff. */
export function createShop(options: Pick<ApiServerOptions, 'storage' | 'prefix'>): { app: Express; api: ApiServer } {
  const api = apiserver({
    resources: [orders],
    ...options,
    authenticate: (req) => req.user,
    authentication: { anonymous: true },
    authorize: ({ user, verb }) => (user.groups.includes('staff') || FOR_ALL.has(verb) ? 'allow' : 'deny'),
  })
  const app = express()
  app.use(helmet())
  app.use(compression())
  app.use(express.json())
  app.use(login)
  app.get('/', (_req, res) => {
    res.send('the shop is open')
  })
  app.post('/feedback', (req, res) => {
    res.status(202).json({ received: req.body })
  })
  app.use('/k8s', api)
  return { app, api }
}
