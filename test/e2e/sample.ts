import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, apiserver, lmdb } from 'express-apiserver'
import { fischers } from '../../examples/sample-apiserver/fischer.js'
import { flunders } from '../../examples/sample-apiserver/flunder.js'

/** The sample's resources in this process, as a guest that claims no more than it must; `remove` deletes the store. */
export async function startSample(): Promise<{ readonly api: ApiServer; remove(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-sample-'))
  const api = apiserver({ resources: [flunders, fischers], storage: lmdb(folder) })
  await api.ready()
  const remove = async () => {
    await api.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { api, remove }
}

export const flundersOf = (namespace: string): string =>
  `/apis/wardle.example.com/v1alpha1/namespaces/${namespace}/flunders`
