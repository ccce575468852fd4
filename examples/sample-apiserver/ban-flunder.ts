import { type AdmissionPlugin, forbidden, type Informer } from 'express-apiserver'
import type { Fischer } from './fischer.js'

/** Refuses flunders whose name a fischer disallows. Knows the fischers from a watch, not from a read per request. */
export function banFlunder(fischers: () => Informer<Fischer>): AdmissionPlugin {
  return {
    name: 'BanFlunder',
    handles: ['CREATE', 'UPDATE'],
    async admit(_ctx, { kind, resource, object }) {
      if (kind.kind !== 'Flunder' || !object) return
      const { name = '' } = object.metadata
      await fischers().synced()
      for (const fischer of fischers().list()) {
        if (fischer.disallowedFlunders?.includes(name))
          throw forbidden(resource, name, 'this name may not be used, please change the resource name')
      }
    },
  }
}
