import type { Example } from '../serve.js'
import { createHello } from './hello.js'

export const helloRestful: Example = {
  keepsObjects: false,
  mounts: ['use'],
  create: () => ({ listener: createHello() }),
  commands: (url) => [
    `curl ${url}/users/1`,
    `curl -X PUT -H 'Content-Type: application/json' -d '{"name":"Grace"}' ${url}/users/2`,
    `curl ${url}/users`,
  ],
}
