// Lets `node --import` run the TypeScript of this repository, for tests that need a process of their own.
import { register } from 'node:module'

register('./hooks.mjs', import.meta.url)
