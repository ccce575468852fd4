import { type KindNames, OpenAPIDefinitions } from '../../lib/openapi/index.js'

export const group = 'wardle.example.com'
const prefix = 'io.k8s.sample-apiserver.pkg.apis.wardle.'

export interface WardleKind extends KindNames {
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

/** The kinds of a server such as Kubernetes' sample-apiserver. */
export function wardleKinds(): { definitions: OpenAPIDefinitions; kinds: WardleKind[] } {
  const definitions = new OpenAPIDefinitions()
  const name = (type: string) => `${prefix}v1alpha1.${type}`
  const flunder = definitions.addKind({
    gvk: { group, version: 'v1alpha1', kind: 'Flunder' },
    name: name('Flunder'),
    schema: {
      type: 'object',
      properties: {
        spec: { $ref: name('FlunderSpec'), default: {} },
        status: { $ref: name('FlunderStatus'), default: {} },
      },
    },
    definitions: {
      [name('FlunderSpec')]: {
        type: 'object',
        properties: {
          reference: {
            type: 'string',
            description: 'A name of another flunder or fischer, depending on the reference type.',
          },
          referenceType: {
            type: 'string',
            description: 'The reference type, defaults to "Flunder" if reference is set.',
          },
        },
      },
      [name('FlunderStatus')]: { type: 'object' },
    },
  })
  const fischer = definitions.addKind({
    gvk: { group, version: 'v1alpha1', kind: 'Fischer' },
    name: name('Fischer'),
    schema: {
      type: 'object',
      properties: {
        disallowedFlunders: {
          description: 'DisallowedFlunders holds a list of Flunder.Names that are disallowed.',
          type: 'array',
          items: { type: 'string', default: '' },
          'x-kubernetes-list-type': 'atomic',
        },
        // What old kubectl cannot parse, or refuses, unless it is put in other words.
        boxes: { type: 'array', 'x-note': ['no', '1e3', '\u2028 \ud83d\ude00 \ud800 \u007f'] },
        lake: { type: 'object', nullable: true, properties: { depth: { type: 'number', minimum: 0.5 } } },
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        template: { type: 'object', 'x-kubernetes-embedded-resource': true },
      },
    },
  })
  const beta = (type: string) => `${prefix}v1beta1.${type}`
  const text = (description: string) => ({ type: 'string', description }) as const
  const betaFlunder = definitions.addKind({
    gvk: { group, version: 'v1beta1', kind: 'Flunder' },
    name: beta('Flunder'),
    schema: { properties: { spec: { $ref: beta('FlunderSpec'), default: {} } } },
    definitions: {
      [beta('FlunderSpec')]: {
        description: 'FlunderSpec is the specification of a Flunder.',
        type: 'object',
        properties: {
          fischerReference: text('A name of a fischer, mutually exclusive to the FlunderReference.'),
          flunderReference: text('A name of another flunder, mutually exclusive to the FischerReference.'),
          referenceType: text('The reference type.'),
        },
      },
    },
  })
  return {
    definitions,
    kinds: [
      { version: 'v1beta1', kind: 'Flunder', plural: 'flunders', namespaced: true, ...betaFlunder },
      { version: 'v1alpha1', kind: 'Flunder', plural: 'flunders', namespaced: true, ...flunder },
      { version: 'v1alpha1', kind: 'Fischer', plural: 'fischers', namespaced: false, ...fischer },
    ],
  }
}
