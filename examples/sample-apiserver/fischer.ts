import { defineResource, type KubeObject } from 'express-apiserver'

/** Names that flunders may not have. */
export interface Fischer extends KubeObject {
  disallowedFlunders?: string[]
}

/** Fischers: cluster-scoped, one version. */
export const fischers = defineResource<Fischer>({
  group: 'wardle.example.com',
  kind: 'Fischer',
  plural: 'fischers',
  scope: 'Cluster',
  typed: true,
  generation: false,
  validateName: 'path-segment',
  versions: [
    {
      name: 'v1alpha1',
      definitionName: 'io.k8s.sample-apiserver.pkg.apis.wardle.v1alpha1.Fischer',
      deprecated: { since: '1.3', unavailableIn: '1.10' },
      schema: {
        type: 'object',
        properties: {
          disallowedFlunders: {
            description: 'DisallowedFlunders holds a list of Flunder.Names that are disallowed.',
            type: 'array',
            items: { type: 'string' },
            'x-kubernetes-list-type': 'atomic',
          },
        },
      },
    },
  ],
})
