// What is used of `etcd3` and of gRPC below it: the generated service clients alone. Its retries, circuit breakers, watcher
// and token cache stay out: they repeat writes, close shared channels on a cancelled call, and lose events.
import { onAbort } from './deadline.js'
import type { EtcdSettings } from './options.js'

/** The error of a failed call as gRPC gives it. @internal */
export interface GrpcError extends Error {
  readonly code: number
  readonly details: string
}

/** Status codes of gRPC that matter here. @internal */
export const GrpcStatus = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const

/** @internal */
export interface Metadata {
  clone(): Metadata
  set(key: string, value: string): void
}

/** @internal */
export interface DuplexStream<Request, Response> {
  on(event: 'data', listener: (response: Response) => void): void
  on(event: 'error', listener: (error: GrpcError) => void): void
  on(event: 'end', listener: () => void): void
  write(request: Request): void
  pause(): void
  resume(): void
  cancel(): void
}

type UnaryMethod = (
  this: ServiceClient,
  request: object,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: GrpcError | null, response?: object) => void,
) => { cancel(): void }

/** What a generated method says of itself. */
interface MethodDefinition {
  readonly path: string
  readonly requestSerialize: (request: object) => Buffer
}

/** One gRPC service of one host, with a method for each of its calls. @internal */
export interface ServiceClient {
  getChannel(): { getConnectivityState(tryToConnect: boolean): number }
  waitForReady(deadline: number, callback: (error?: Error) => void): void
  makeUnaryRequest(
    path: string,
    serialize: MethodDefinition['requestSerialize'],
    deserialize: (message: Buffer) => object,
    ...args: Parameters<UnaryMethod>
  ): ReturnType<UnaryMethod>
  readonly [method: string]: unknown
}

/** `ConnectivityState.READY` of gRPC. */
const READY = 2

const SERVICES = ['KV', 'Watch', 'Lease', 'Maintenance', 'Auth'] as const
/** @internal */
export type ServiceName = (typeof SERVICES)[number]

/** The clients of one host; they share one connection. @internal */
export class HostClient {
  constructor(
    readonly host: string,
    private readonly services: ReadonlyMap<ServiceName, ServiceClient>,
    private readonly metadata: Metadata,
    readonly close: () => void,
  ) {}

  /** Whether a call would be sent at once; if not, begins to connect. */
  isReady(): boolean {
    return this.service('KV').getChannel().getConnectivityState(true) === READY
  }

  /** Resolves when the host is connected, rejects at `deadline` (milliseconds since the epoch). */
  waitForReady(deadline: number, service: ServiceName = 'KV'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.service(service).waitForReady(deadline, (error) => (error ? reject(error) : resolve()))
    })
  }

  /**
   * One call. An abort of `signal` cancels it; it then rejects as cancelled. The answer to the method `rangeMessage` is that
   * to `range` as it was sent, for the generated classes are slow readers of long ones.
   */
  unary<Response>(
    service: ServiceName,
    method: string,
    request: object,
    options: {
      readonly deadline: number
      readonly token?: string | undefined
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<Response> {
    const client = this.service(service)
    const { signal, deadline } = options
    return new Promise((resolve, reject) => {
      const send = method === 'rangeMessage' ? rangeMessage : (client[method] as UnaryMethod)
      let forget = () => {}
      const call = send.call(client, request, this.metadataFor(options.token), { deadline }, (error, response) => {
        forget()
        if (error) reject(error)
        else resolve(response as Response)
      })
      if (signal) forget = onAbort(signal, () => call.cancel())
    })
  }

  stream<Request, Response>(token: string | undefined): DuplexStream<Request, Response> {
    const client = this.service('Watch')
    const open = client.watch as (metadata: Metadata) => DuplexStream<Request, Response>
    return open.call(client, this.metadataFor(token))
  }

  private service(name: ServiceName): ServiceClient {
    const client = this.services.get(name)
    if (!client) throw new TypeError(`etcd: no service ${name}`)
    return client
  }

  /** With `hasleader`, a member that is cut off from its cluster refuses at once instead of waiting or keeping silent. */
  private metadataFor(token: string | undefined): Metadata {
    const metadata = this.metadata.clone()
    metadata.set('hasleader', 'true')
    if (token) metadata.set('token', token)
    return metadata
  }
}

const rangeMessage: UnaryMethod = function (this: ServiceClient, ...args) {
  const { path, requestSerialize } = this.range as MethodDefinition
  return this.makeUnaryRequest(path, requestSerialize, (message) => message, ...args)
}

/** Makes clients of hosts. `ownConnection` keeps a client from sharing its connection with other clients. @internal */
export type Driver = (host: string, options?: { readonly ownConnection?: boolean }) => Promise<HostClient>

/** Loads `etcd3`, which is not done before somebody opens a store. @internal */
export async function loadDriver(settings: EtcdSettings): Promise<Driver> {
  const { Etcd3 } = await import('etcd3')
  class ServiceClients extends Etcd3 {
    take(name: ServiceName): Promise<{ client: ServiceClient; metadata: Metadata }> {
      return this.pool.withConnection(name, ({ client, metadata }) => ({
        client: client as unknown as ServiceClient,
        metadata,
      }))
    }
  }
  return async (host, options) => {
    const { credentials } = settings
    const clients = new ServiceClients({
      hosts: host,
      ...(credentials && { credentials }),
      grpcOptions: channelOptions(settings, options?.ownConnection ?? false),
    })
    const taken = await Promise.all(SERVICES.map(async (name) => [name, await clients.take(name)] as const))
    const services = new Map(taken.map(([name, { client }]) => [name, client]))
    return new HostClient(host, services, taken[0]![1].metadata, () => clients.close())
  }
}

function channelOptions(settings: EtcdSettings, ownConnection: boolean): Record<string, number> {
  return {
    'grpc.max_receive_message_length': settings.maxMessageBytes,
    'grpc.keepalive_time_ms': settings.keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': settings.keepaliveTimeoutMs,
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // HTTP/2's own window of 64 KiB makes long answers wait for the round trip.
    'grpc-node.flow_control_window': 2 * 1024 * 1024,
    'grpc.use_local_subchannel_pool': ownConnection ? 1 : 0,
  }
}
