import compression from 'compression'
import express, { type Express } from 'express'
import { type ApiServer, type ApiServerOptions, apiserver, defineResource } from 'express-apiserver'
import helmet from 'helmet'

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

/** An app with routes of its own, and the API of orders below `/k8s`. */
export function createShop(options: Pick<ApiServerOptions, 'storage' | 'prefix'>): { app: Express; api: ApiServer } {
  const api = apiserver({ resources: [orders], ...options })
  const app = express()
  app.use(helmet())
  app.use(compression())
  app.use(express.json())
  app.get('/', (_req, res) => {
    res.send('the shop is open')
  })
  app.post('/feedback', (req, res) => {
    res.status(202).json({ received: req.body })
  })
  app.use('/k8s', api)
  return { app, api }
}
