import { finishInTurns } from '../runtime/steps.js'
import { buildV2Steps } from './build-v2.js'
import { buildIndexV3, buildV3Steps, documentNameV3 } from './build-v3.js'
import type { DocumentedWebService } from './documented-route.js'
import type { SwaggerDocument } from './documents.js'
import { encodeGnosticSteps } from './gnostic-protobuf.js'
import { RenderedDocument, renderJSONSteps } from './rendered-document.js'
import type { OpenAPISource } from './source.js'

/**
 * All documents of one source, each built when first asked for and then kept. A failure is kept too: a source that
 * cannot be documented is not tried again with every request.
 */
export class RenderedDocuments {
  readonly #source: OpenAPISource
  readonly #services: ReadonlyMap<string, DocumentedWebService>
  readonly #kept = new Map<string, Promise<RenderedDocument>>()
  #swagger: Promise<SwaggerDocument> | undefined

  constructor(source: OpenAPISource) {
    this.#source = source
    this.#services = new Map(source.webServices.map((service) => [documentNameV3(service), service]))
  }

  /** OpenAPI v2 as JSON. */
  v2(): Promise<RenderedDocument> {
    return this.#keep('v2', async () => finishInTurns(renderJSONSteps(await this.#buildV2())))
  }

  /** OpenAPI v2 as gnostic protobuf, under the hash of its JSON form. */
  v2Protobuf(): Promise<RenderedDocument> {
    return this.#keep('v2.proto', async () => {
      const { hash } = await this.v2()
      return new RenderedDocument(await finishInTurns(encodeGnosticSteps(await this.#buildV2())), hash)
    })
  }

  /** The OpenAPI v3 document of that name, e.g. `apis/wardle.example.com/v1alpha1`; undefined if there is none. */
  v3(name: string): Promise<RenderedDocument> | undefined {
    const service = this.#services.get(name)
    return service && this.#keep(`v3/${name}`, async () => this.#renderV3(service))
  }

  /** The index of the OpenAPI v3 documents, for which all of them are rendered. */
  v3Index(): Promise<RenderedDocument> {
    return this.#keep('v3', async () => {
      const hashes = new Map<string, string>()
      for (const name of this.#services.keys()) hashes.set(name, (await this.v3(name)!).hash)
      return finishInTurns(renderJSONSteps(buildIndexV3(hashes)))
    })
  }

  #keep(key: string, render: () => Promise<RenderedDocument>): Promise<RenderedDocument> {
    const kept = this.#kept.get(key)
    if (kept) return kept
    const rendering = render()
    this.#kept.set(key, rendering)
    return rendering
  }

  #buildV2(): Promise<SwaggerDocument> {
    this.#swagger ??= finishInTurns(buildV2Steps(this.#source))
    return this.#swagger
  }

  async #renderV3(service: DocumentedWebService): Promise<RenderedDocument> {
    return finishInTurns(renderJSONSteps(await finishInTurns(buildV3Steps(this.#source, service))))
  }
}
