import { type CompressorProvider, NewCompressors } from './compressor-provider.js'
import { EntityAccessors } from './entity-accessor.js'
import { jsonAccessor } from './json-accessor.js'
import { xmlAccessor } from './xml-accessor.js'

/** What the requests and answers of one container share. */
export interface EntitySettings {
  readonly accessors: EntityAccessors
  /** Bytes of a request body, inflated. */
  readonly bodyLimit: number
  /** Media type of bodies whose own nobody can read; `''` for none. */
  readonly defaultRequestContentType: string
  /** Media type of answers when what the route produces does not decide; `''` for none. */
  readonly defaultResponseContentType: string
  readonly prettyPrint: boolean
  readonly compressors: CompressorProvider
}

/** Bytes of a request body unless the container says otherwise: 3 MiB, as Kubernetes has it. */
const DEFAULT_BODY_LIMIT = 3 * 1024 * 1024

/** Accessors of JSON and XML, of which the container's own are made. */
export function defaultAccessors(): EntityAccessors {
  return new EntityAccessors([
    ['application/json', jsonAccessor()],
    ['application/xml', xmlAccessor()],
  ])
}

/** Of requests and answers that no container made. */
export const DEFAULT_SETTINGS: EntitySettings = {
  accessors: defaultAccessors(),
  bodyLimit: DEFAULT_BODY_LIMIT,
  defaultRequestContentType: '',
  defaultResponseContentType: '',
  prettyPrint: false,
  compressors: new NewCompressors(),
}
