import type { Example } from '../serve.js'
import { createShop } from './app.js'

export const existingApp: Example = {
  keepsObjects: true,
  mounts: ['use'],
  create({ mount: _mount, ...options }) {
    const { app, api } = createShop(options)
    return { api, listener: app, websockets: { mountPath: '/k8s' } }
  },
  commands: (url) => [
    `curl ${url}/`,
    `kubectl --server ${url}/k8s apply -f examples/existing-app/order.yaml`,
    `kubectl --server ${url}/k8s get orders`,
    `curl -u clerk:tea -X DELETE ${url}/k8s/apis/shop.example.com/v1/namespaces/default/orders/first-order`,
  ],
}
