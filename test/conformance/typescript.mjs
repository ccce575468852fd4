// Lets Node 20 import the TypeScript beside this file; the package itself is taken as built.
import { register } from 'node:module'

register('../storage/kv/child/hooks.mjs', import.meta.url)
