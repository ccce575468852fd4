import type { JSONSchema } from '../runtime/schema/types.js'
import { metaName } from './meta-names.js'
import { boolean, type Fields, kind, listOf, object, requiredString, string, strings, struct } from './schema-parts.js'

const apiResource = object(
  'A resource and what can be done with it.',
  {
    categories: strings('The groups of resources it belongs to, such as "all".'),
    group: string('The group of the resource, if not that of the list.'),
    kind: requiredString('The kind of the resource.'),
    name: requiredString('The plural name of the resource.'),
    namespaced: { ...boolean('Whether the resource lives in namespaces.'), default: false },
    shortNames: strings('Short names of the resource.'),
    singularName: requiredString('The singular name of the resource.'),
    storageVersionHash: string('A hash of the version in which objects are stored.'),
    verbs: {
      description: 'What can be done: get, list, watch, create, update, patch, delete, deletecollection.',
      type: 'array',
      items: { type: 'string', default: '' },
    },
    version: string('The version of the resource, if not that of the list.'),
  },
  ['name', 'singularName', 'namespaced', 'kind', 'verbs'],
)

const apiGroup = kind(
  'A group, its versions and the preferred one.',
  {
    name: requiredString('The name of the group.'),
    preferredVersion: struct(metaName('GroupVersionForDiscovery'), 'The version that the server prefers.'),
    serverAddressByClientCIDRs: listOf(
      metaName('ServerAddressByClientCIDR'),
      'Addresses of the server by network of the client.',
    ),
    versions: listOf(metaName('GroupVersionForDiscovery'), 'The versions of the group.'),
  },
  ['name', 'versions'],
)

/** The types of meta/v1 in which a server tells what it serves, by their names there. */
export const discoveryTypes: Fields = {
  APIGroup: apiGroup,
  APIGroupList: kind('The groups of a server.', { groups: listOf(metaName('APIGroup'), 'The groups.') }, ['groups']),
  APIResource: apiResource,
  APIResourceList: kind(
    'The resources of a group version.',
    {
      groupVersion: requiredString('The group and version of the resources.'),
      resources: listOf(metaName('APIResource'), 'The resources.'),
    },
    ['groupVersion', 'resources'],
  ),
  APIVersions: kind(
    'The versions of the group without a name.',
    {
      serverAddressByClientCIDRs: listOf(
        metaName('ServerAddressByClientCIDR'),
        'Addresses of the server by network of the client.',
      ),
      versions: strings('The versions.'),
    },
    ['versions', 'serverAddressByClientCIDRs'],
  ),
  GroupVersionForDiscovery: object(
    'A group and version, together and apart.',
    {
      groupVersion: requiredString('"group/version".'),
      version: requiredString('The version alone.'),
    },
    ['groupVersion', 'version'],
  ),
  ServerAddressByClientCIDR: object(
    'The address under which clients of a network reach the server.',
    {
      clientCIDR: requiredString('The network of the client.'),
      serverAddress: requiredString('The address of the server: a host with an optional port.'),
    },
    ['clientCIDR', 'serverAddress'],
  ),
}

const versionFields = [
  'buildDate',
  'compiler',
  'gitCommit',
  'gitTreeState',
  'gitVersion',
  'goVersion',
  'major',
  'minor',
  'platform',
] as const

/** The body of /version. */
export const versionInfo: JSONSchema = object(
  'The version of the server and how it was built.',
  Object.fromEntries(versionFields.map((field) => [field, { type: 'string', default: '' }])),
  versionFields,
)
