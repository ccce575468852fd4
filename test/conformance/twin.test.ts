import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, lmdb } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ListeningServer, listenOn, send } from '../support/server.js'
import { renameJSON, renameText } from './names.js'
import { createTwin } from './twin.js'

describe('names', () => {
  it('change everywhere, in keys, paths, messages and what is computed from them', () => {
    const step = {
      path: '/apis/wardle.example.com/v1alpha1/namespaces/a/%66lunders?fieldSelector=metadata.name%3Dflunder',
      body: { kind: 'Flunder', spec: { reference: 'x', referenceType: 'Fischer' } },
      expect: { 'f:disallowedFlunders': {}, message: 'flunders.wardle.example.com "a": spec.flunderReference' },
      operationId: 'listWardleExampleComV1alpha1Fischer',
    }
    expect(renameJSON(step)).toEqual({
      path: '/apis/garden.orchards.eu/v1alpha1/namespaces/a/%73atsumae?fieldSelector=metadata.name%3Dsatsuma',
      body: { kind: 'Satsuma', spec: { yardstick: 'x', yardstickType: 'Currant' } },
      expect: { 'f:disallowedSatsumas': {}, message: 'satsumae.garden.orchards.eu "a": spec.satsumaYardstick' },
      operationId: 'listGardenOrchardsEuV1alpha1Currant',
    })
  })

  it('leave alone what Kubernetes itself calls a reference', () => {
    const meta = { ownerReferences: [], description: 'this reference points to the managing controller' }
    expect(renameJSON(meta)).toEqual(meta)
  })

  it('keep their lengths', () => {
    for (const text of ['wardle.example.com', 'flunders', 'Fischer', 'spec.referenceType', 'fischerReference'])
      expect([text, renameText(text).length]).toEqual([text, text.length])
  })
})

describe('the twin of the sample', () => {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-twin-'))
  const satsumae = '/apis/garden.orchards.eu/v1alpha1/namespaces/default/satsumae'
  let api: ApiServer
  let server: ListeningServer

  beforeAll(async () => {
    api = createTwin({ storage: lmdb(folder) })
    await api.ready()
    server = await listenOn(api.handler())
  })
  afterAll(async () => {
    await server.close()
    await api.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const satsuma = (name: string, spec: Record<string, string>) => ({
    apiVersion: 'garden.orchards.eu/v1alpha1',
    kind: 'Satsuma',
    metadata: { name },
    spec,
  })

  it('defaults, converts and stores under its own names', async () => {
    const created = await send(server.url + satsumae, { body: satsuma('a', { yardstick: 'b' }) })
    expect(created.json()).toMatchObject({ kind: 'Satsuma', spec: { yardstick: 'b', yardstickType: 'Satsuma' } })
    const read = await send(`${server.url}${satsumae.replace('v1alpha1', 'v1beta1')}/a`)
    expect(read.json().spec).toEqual({ satsumaYardstick: 'b', yardstickType: 'Satsuma' })
  })

  it('validates in its own words', async () => {
    const body = { ...satsuma('b', { yardstickType: 'Currant' }), apiVersion: 'garden.orchards.eu/v1beta1' }
    const answer = await send(server.url + satsumae.replace('v1alpha1', 'v1beta1'), { body })
    expect([answer.status, answer.json().message]).toEqual([
      422,
      'Satsuma.garden.orchards.eu "b" is invalid: spec.currantYardstick: Invalid value: "": cannot be empty if yardstickType is Currant',
    ])
  })

  it('refuses the names that a currant disallows', async () => {
    const currant = {
      apiVersion: 'garden.orchards.eu/v1alpha1',
      kind: 'Currant',
      metadata: { name: 'no' },
      disallowedSatsumas: ['pip'],
    }
    await send(`${server.url}/apis/garden.orchards.eu/v1alpha1/currants`, { body: currant })
    const refused = async () => (await send(server.url + satsumae, { body: satsuma('pip', {}) })).status
    // The plugin learns of it from a watch.
    while ((await refused()) !== 403) await send(`${server.url}${satsumae}/pip`, { method: 'DELETE' })
    expect(await refused()).toBe(403)
  })
})
