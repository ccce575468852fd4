import { createRequire } from 'node:module'
import type { Attributes, Span, TracerProvider } from '@opentelemetry/api'
import type { RequestContext } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'
import { finalStatus } from '../settle.js'

const SCOPE = 'express-apiserver'
const MAX_SHOWN = 1024
const OTHER_PATHS = 'KubernetesAPI'

/** Where all copies of OpenTelemetry's API in a process keep what was registered with any of them. */
const REGISTRATIONS = Symbol.for('opentelemetry.js.api.1')

type OpenTelemetry = typeof import('@opentelemetry/api')

let loaded: OpenTelemetry | undefined

/** Most servers are not traced: the library is loaded where one is. */
const openTelemetry = (): OpenTelemetry =>
  (loaded ??= createRequire(import.meta.url)('@opentelemetry/api') as OpenTelemetry)

/** Whether an OpenTelemetry SDK is there: without one, spans would be made for nobody. */
export function isTracingRegistered(): boolean {
  if (!(REGISTRATIONS in globalThis)) return false
  const { ProxyTracerProvider, trace } = openTelemetry()
  const provider = trace.getTracerProvider()
  return (
    !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== new ProxyTracerProvider().getDelegate()
  )
}

/**
 * A span a request, with OpenTelemetry's names. Below a span of the host app it is a child of that; what a client says of
 * its own trace is a link, as for every public endpoint: a stranger must not decide what is sampled.
 */
export function withTracing(
  isKnown: (ctx: RequestContext) => boolean,
  provider: TracerProvider = openTelemetry().trace.getTracerProvider(),
): Filter {
  const { context, propagation, ROOT_CONTEXT, SpanKind, trace } = openTelemetry()
  const tracer = provider.getTracer(SCOPE)
  return (ctx, next) => {
    const active = context.active()
    const { request } = ctx
    const remote = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, request.headers))
    const options = {
      kind: SpanKind.SERVER,
      startTime: ctx.startedAt,
      attributes: requestAttributes(ctx),
      links: remote ? [{ context: remote }] : [],
    }
    const span = tracer.startSpan(isKnown(ctx) ? spanName(ctx) : OTHER_PATHS, options, active)
    const within = trace.setSpan(active, span)
    return context.with(within, () => endSpan(ctx, span, next))
  }
}

async function endSpan(ctx: RequestContext, span: Span, next: () => Promise<void> | void): Promise<void> {
  let failed = false
  try {
    await next()
  } catch (err) {
    failed = true
    span.recordException(err instanceof Error ? err : String(err))
    throw err
  } finally {
    const statusCode = finalStatus(ctx.response, failed)
    span.setAttributes({ 'http.response.status_code': statusCode, 'enduser.id': ctx.user.name })
    if (statusCode >= 500) span.setStatus({ code: openTelemetry().SpanStatusCode.ERROR })
    span.end()
  }
}

function requestAttributes(ctx: RequestContext): Attributes {
  const { method, headers, httpVersion, url = '', socket } = ctx.request
  const mark = url.indexOf('?')
  return {
    'http.request.method': method ?? '',
    'url.path': ctx.path.slice(0, MAX_SHOWN),
    ...(mark >= 0 && { 'url.query': url.slice(mark + 1, mark + MAX_SHOWN) }),
    'url.scheme': 'encrypted' in socket ? 'https' : 'http',
    'network.protocol.version': httpVersion,
    ...(headers['user-agent'] && { 'user_agent.original': headers['user-agent'].slice(0, MAX_SHOWN) }),
    'k8s.audit_id': ctx.auditID,
  }
}

/** The route with its variable parts left open, as names of spans must be few; other paths share one name. */
function spanName({ request, requestInfo }: RequestContext): string {
  if (!requestInfo?.isResourceRequest) return OTHER_PATHS
  const { apiPrefix, apiGroup, apiVersion, namespace, resource, name, subresource } = requestInfo
  const parts = [
    apiPrefix,
    ...(apiGroup ? [apiGroup] : []),
    apiVersion,
    ...(namespace ? ['namespaces', '{:namespace}'] : []),
    resource,
    ...(name ? ['{:name}'] : []),
    ...(subresource ? [subresource] : []),
  ]
  return `${request.method} /${parts.join('/')}`
}
