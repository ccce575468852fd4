import { type RequestContext, writeStatus } from '../endpoints/index.js'
import { genericServerResponse } from '../meta/generic-server-response.js'
import { Container, type WebService } from '../restful/index.js'
import type { PathRecorderMux } from './path-recorder-mux.js'
import { writeText } from './text.js'

/** Decides who answers: a web service of the container, a path beside the API, or nobody. */
export class Director {
  readonly container: Container<RequestContext>
  readonly #roots: string[]
  readonly #mux: PathRecorderMux

  constructor(webServices: readonly WebService<RequestContext>[], mux: PathRecorderMux) {
    this.container = new Container<RequestContext>({
      serviceErrorHandler: ({ code, message, headers }, { context }) => {
        for (const [name, value] of Object.entries(headers)) context.response.setHeader(name, value)
        return writeStatus(context, genericServerResponse(code, '', undefined, '', message).status)
      },
      doNotRecover: true,
    })
    for (const webService of webServices) this.container.add(webService)
    this.#roots = webServices.map((webService) => webService.rootPath())
    this.#mux = mux
  }

  /** Whether a path belongs to a web service. `/apis` itself is only the group list: groups are services of their own. */
  ownsRoute(path: string): boolean {
    for (const root of this.#roots) {
      if (root === '/apis') {
        if (path === '/apis' || path === '/apis/') return true
      } else if (path.startsWith(root) && (path.length === root.length || path.charCodeAt(root.length) === 0x2f))
        return true
    }
    return false
  }

  direct(ctx: RequestContext): Promise<void> | void {
    const { path, request, response } = ctx
    if (this.ownsRoute(path)) {
      const served = this.container.dispatch(request, response, { path, context: ctx })
      // A route that began a watch is left behind; the filters wait for what goes on.
      return served?.then(() => ctx.streaming)
    }
    const handler = this.#mux.match(path)
    if (handler) return handler(ctx, path)
    return writeText(ctx, 404, '404 page not found\n')
  }
}
