import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AdmissionPlugin,
  apiserver,
  defineResource,
  field,
  fieldPath,
  forbidden,
  type Informer,
  type KubeObject,
  lmdb,
} from 'express-apiserver'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'everything-'))
const storage = lmdb(folder)

// README
interface Job extends KubeObject {
  spec: { command: string; retries?: number }
  status?: { phase?: string }
}

const jobs = defineResource<Job>({
  group: 'batch.example.com',
  kind: 'Job',
  plural: 'jobs',
  scope: 'Namespaced',
  shortNames: ['jb'],
  categories: ['all'], // `kubectl get all`
  statusSubresource: true, // `…/status` on its own, written by controllers
  selectableFields: { 'status.phase': (job) => job.status?.phase ?? '' },
  printerColumns: [
    { name: 'Phase', type: 'string', value: (job) => job.status?.phase },
    { name: 'Age', type: 'date', value: (job) => job.metadata.creationTimestamp },
  ],
  validate: (job) =>
    job.spec.command === 'rm -rf /' ? [field.forbidden(fieldPath('spec', 'command'), 'not here')] : [],
  versions: [
    {
      name: 'v1',
      storage: true, // the version that is stored; it is also the form that validate, admission and controllers see
      schema: {
        type: 'object',
        required: ['spec'],
        properties: {
          spec: {
            type: 'object',
            required: ['command'],
            properties: { command: { type: 'string' }, retries: { type: 'integer', minimum: 0, default: 3 } },
          },
          status: { type: 'object', properties: { phase: { type: 'string', enum: ['Pending', 'Done'] } } },
        },
      },
    },
    {
      name: 'v1beta1', // what old clients speak; conversions should lose nothing
      deprecated: { since: '1.0', replacement: 'batch.example.com/v1 Job' },
      schema: {
        type: 'object',
        properties: {
          run: { type: 'string' },
          retries: { type: 'integer' },
          status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
      toInternal: ({ run = '', retries, ...rest }) => ({ ...rest, spec: { command: run, retries } }),
      fromInternal: ({ spec, ...rest }) => {
        const { command, retries } = spec as Job['spec']
        return { ...rest, run: command, retries }
      },
    },
  ],
})

const quota: AdmissionPlugin = {
  name: 'Quota',
  handles: ['CREATE'],
  validate(_ctx, { resource, name }) {
    if ([...jobsAtHand().list()].length >= 1000) throw forbidden(resource, name, 'there are 1000 jobs already')
  },
}

const api = apiserver({ resources: [jobs], storage, admission: [quota], health: true, metrics: true, index: true })

let informer: Informer<Job> | undefined
const jobsAtHand = () => (informer ??= api.informer(jobs))

// A controller in the same process: every new job becomes Pending. After a restart it hears of all jobs as ADDED again.
await api.ready()
const client = api.client(jobs, { fieldManager: 'pending-controller' })
jobsAtHand().subscribe(async (type, { metadata: { namespace = '', name = '' }, status }) => {
  if (type !== 'ADDED' || status?.phase) return
  const pending = (job: Job): Job => (job.status?.phase ? job : { ...job, status: { phase: 'Pending' } })
  await client.namespace(namespace).guaranteedUpdateStatus(name, pending)
})
// end

const server = createServer(api.handler()).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/apis/batch.example.com`

afterAll(async () => {
  server.close()
  await api.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the kind with everything in the README is this one', () => {
  const here = readFileSync(new URL(import.meta.url), 'utf8')
  const code = here.slice(here.indexOf('// README\n') + '// README\n'.length, here.indexOf('// end\n'))
  expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toContain(code)
})

test('the kind with everything works as the README says', async () => {
  const made = await fetch(`${url}/v1beta1/namespaces/default/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name: 'a' }, run: 'date' }),
  })
  expect(made.status).toBe(201)
  expect(made.headers.get('warning')).toContain('use batch.example.com/v1 Job')
  const read = async () => (await fetch(`${url}/v1/namespaces/default/jobs/a`)).json()
  await expect.poll(read).toMatchObject({ spec: { command: 'date' }, status: { phase: 'Pending' } })
  const found = await fetch(`${url}/v1/jobs?fieldSelector=status.phase%3DPending`)
  expect(((await found.json()) as { items: unknown[] }).items).toHaveLength(1)
})
