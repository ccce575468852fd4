import type { Example } from '../serve.js'
import { createUserService } from './users.js'

export const userService: Example = {
  keepsObjects: false,
  mounts: ['use'],
  create: () => ({ listener: createUserService((line) => console.log(line)) }),
  commands: (url) => [
    `curl ${url}/users/1`,
    `curl -H 'Accept: application/xml' ${url}/users/1`,
    `curl -H 'Content-Type: application/json' -d '{"name":"Grace"}' ${url}/users`,
    `open ${url}/apidocs/`,
  ],
}
