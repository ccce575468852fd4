import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AdmissionPlugin,
  type ApiServer,
  apiserver,
  defineResource,
  type KubeObject,
  type LogFields,
  lmdb,
  type RevisionedKV,
} from 'express-apiserver'
import { afterAll, beforeAll } from 'vitest'
import type { JSONSchema } from '../../lib/runtime/index.js'
import type { ApiServerOptions } from '../../lib/server/options.js'
import { type Answer, type ListeningServer, listenOn, type Sent, send } from '../support/server.js'

interface Sized extends KubeObject {
  spec: { width?: number; height?: number; color?: string }
}

const fields = { width: { type: 'integer' }, height: { type: 'integer' }, color: { type: 'string' } } as const
const schema = (properties: NonNullable<JSONSchema['properties']>, rest: JSONSchema = {}): JSONSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', default: {}, properties, ...rest }, status: openObject },
})
const openObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const

/** The internal form is v2; v1, which is stored, says both sizes in one text. */
function toInternal(object: KubeObject): KubeObject {
  const { size, ...spec } = (object.spec ?? {}) as { size?: string }
  if (size === undefined) return { ...object, spec }
  const [width, height] = size.split('x').map(Number)
  return { ...object, spec: { ...spec, width, height } }
}

function fromInternal(object: KubeObject): KubeObject {
  const { width, height, ...spec } = (object as Sized).spec ?? {}
  return { ...object, spec: width === undefined ? spec : { ...spec, size: `${width}x${height}` } }
}

/** Namespaced, in two versions that convert both ways, with a status, as custom resources behave. */
export const widgets = defineResource<Sized>({
  group: 'example.com',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
  shortNames: ['wd'],
  categories: ['all'],
  statusSubresource: true,
  selectableFields: { 'spec.color': ({ spec }) => spec?.color ?? '' },
  printerColumns: [{ name: 'Color', type: 'string', value: (object) => (object as Sized).spec?.color }],
  warnings: ({ spec }) => (spec?.color === 'beige' ? ['beige is "out" of fashion \\o/ – änd so on'] : []),
  versions: [
    {
      name: 'v1',
      storage: true,
      deprecated: { since: '1.3', unavailableIn: '1.10', replacement: 'example.com/v2 Widget' },
      schema: schema({ size: { type: 'string' }, color: { type: 'string', default: 'grey' } }),
      toInternal,
      fromInternal,
    },
    { name: 'v2', schema: schema(fields) },
  ],
})

/** Cluster-scoped; a PUT makes it and overwrites it blindly; paths below it are connections, and it can be bound. */
export const gadgets = defineResource({
  group: 'example.com',
  kind: 'Gadget',
  plural: 'gadgets',
  scope: 'Cluster',
  version: 'v2',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  schema: schema({}, { 'x-kubernetes-preserve-unknown-fields': true }),
  subresources: {
    proxy: (store) => ({
      kind: 'Gadget',
      namespaceScoped: () => false,
      subpaths: true,
      connectMethods: () => ['GET', 'POST'],
      async connect(ctx, name, path) {
        await store.get(ctx, name, { resourceVersion: '' })
        return (req: { method?: string }, res: { end(text: string): void }) => {
          res.end(`${req.method} ${name} ${path} for ${ctx.user.name}`)
        }
      },
    }),
    binding: (store) => ({
      kind: 'Gadget',
      namespaceScoped: () => false,
      async createNamed(ctx, name, object, validate, { dryRun, fieldManager }) {
        await validate(ctx, object)
        const info = {
          preconditions: undefined,
          updatedObject: (_: unknown, old: { object: KubeObject } | undefined) => ({
            ...structuredClone(old?.object ?? { metadata: {} }),
            spec: { bound: object.spec },
          }),
        }
        const request = { dryRun, fieldManager, forceAllowCreate: false, createValidation() {}, updateValidation() {} }
        return (await store.update(ctx, name, info, request)).object
      },
    }),
  },
})

export interface Served {
  readonly api: ApiServer
  readonly kv: RevisionedKV
  readonly url: string
  readonly server: ListeningServer
  /** What the server said to its log. */
  readonly log: { readonly warnings: string[]; readonly errors: unknown[] }
  send(path: string, sent?: Sent): Promise<Answer>
}

export interface ServedOptions extends Partial<ApiServerOptions> {
  readonly admission?: readonly AdmissionPlugin[]
  /** Puts the API into something that listens; default: the API alone. */
  readonly mount?: (api: ApiServer) => RequestListener
}

/** Widgets and gadgets on a socket, over a store of their own, for all tests of a file or of a `describe`. */
export function served({ mount = (api) => api.handler() as RequestListener, ...options }: ServedOptions = {}): Served {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-server-'))
  const kv = options.storage ?? lmdb(folder, { unsafeNoSync: true })
  const log = { warnings: [] as string[], errors: [] as unknown[] }
  const logger = {
    info() {},
    warn: (_: LogFields, message: string) => void log.warnings.push(message),
    error: ({ err }: LogFields) => void log.errors.push(err),
  }
  const api = apiserver({ resources: [widgets, gadgets], storage: kv, logger, ...options })
  let server: ListeningServer | undefined
  const listening = () => {
    if (server === undefined) throw new Error('the server does not listen yet')
    return server
  }
  beforeAll(async () => {
    server = await listenOn(mount(api))
  })
  afterAll(async () => {
    await api.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    api,
    kv,
    log,
    get server() {
      return listening()
    },
    get url() {
      return listening().url
    },
    send: (path, sent) => send(listening().url + path, sent),
  }
}

export const V1 = '/apis/example.com/v1'
export const V2 = '/apis/example.com/v2'

let namespaces = 0
/** The path of a namespace's widgets that no other test uses. */
export function freshPath(version = V2): string {
  return `${version}/namespaces/ns-${++namespaces}/widgets`
}

export const widget = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec,
})

/** Creates an object and gives it back. */
export async function create({ send }: Served, path: string, body: object): Promise<KubeObject> {
  const answer = await send(path, { body })
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`)
  return answer.json<KubeObject>()
}
