import { type ApiServer, apiserver, type Informer, type RevisionedKV } from 'express-apiserver'
import { banFlunder } from './ban-flunder.js'
import { type Fischer, fischers } from './fischer.js'
import { flunders } from './flunder.js'

export interface SampleOptions {
  readonly storage: RevisionedKV
  /** Path prefix of all keys in the store. Default `/registry`. */
  readonly prefix?: string
}

/** The group wardle.example.com as Kubernetes' sample-apiserver serves it. */
export function createSampleApiserver({ storage, prefix = '/registry' }: SampleOptions): ApiServer {
  let known: Informer<Fischer> | undefined
  const api = apiserver({
    resources: [flunders, fischers],
    storage,
    prefix,
    // The informer starts with the first flunder that is written: the store is open by then.
    admission: [banFlunder(() => (known ??= api.informer(fischers)))],
    openapi: { title: 'Wardle', version: '0.1' },
    index: true,
    health: true,
    metrics: true,
    notFound: true,
  })
  return api
}
