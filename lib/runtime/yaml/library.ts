import { createRequire } from 'node:module'

type Library = typeof import('yaml')

let loaded: Library | undefined

/** The parser of YAML. Clients mostly speak JSON: it is loaded with the first text that is none. */
export const yaml = (): Library => (loaded ??= createRequire(import.meta.url)('yaml') as Library)
