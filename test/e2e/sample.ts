import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdb } from 'express-apiserver'
import { createSampleApiserver } from '../../examples/sample-apiserver/apiserver.js'

export type SampleApi = ReturnType<typeof createSampleApiserver>

/** The sample API in this process, on a store of its own that `remove` deletes. */
export async function startSample(): Promise<{ readonly api: SampleApi; remove(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-sample-'))
  const api = createSampleApiserver({ storage: lmdb(folder) })
  await api.ready()
  const remove = async () => {
    await api.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { api, remove }
}

export const flundersOf = (namespace: string): string =>
  `/apis/wardle.example.com/v1alpha1/namespaces/${namespace}/flunders`
