/** express-apiserver: Kubernetes-style APIs inside an Express app. */
export type { AdmissionPlugin, Attributes, Operation } from './admission/index.js'
export type {
  AuditBackend,
  AuditEvent,
  AuditLogOptions,
  AuditMode,
  AuditOptions,
  AuditPolicy,
  AuditWebhookOptions,
  PolicyRule as AuditPolicyRule,
} from './audit/index.js'
export {
  type AuthenticationOptions,
  type AuthenticationResponse,
  type CertificateBundle,
  type CertificateSource,
  type ClientCertificateOptions,
  type HostRequest,
  type HostUser,
  type OIDCIssuer,
  type RequestAuthenticator,
  ServiceAccountTokens,
  type StaticToken,
  type TokenAuthenticator,
} from './authentication/index.js'
export {
  type Attributes as AuthorizationAttributes,
  type AuthorizationOptions,
  type Authorize,
  type AuthorizeAnswer,
  type Authorizer,
  type AuthorizerResult,
  type Decision,
  type PolicyRule,
  RBACAuthorizer,
  type RBACObject,
  type RBACOptions,
  rbac,
  subjectAccessReviewWebhook,
} from './authorization/index.js'
export {
  type ClientDeleteOptions,
  type ClientListOptions,
  type ClientWatchOptions,
  type ClientWriteOptions,
  type ConnectHandler,
  type Deprecation,
  defineRestResource,
  type ObjectEvent,
  type ObjectList,
  type RequestContext,
  type ResourceClient,
  type ResourceClientOptions,
  type RestResource,
  type RestResourceOptions,
  type RestStorageParts,
  type VersionInfo,
} from './endpoints/index.js'
export type { FlowControlOptions, FlowSchema, PriorityLevelConfiguration } from './flowcontrol/index.js'
export {
  type BackgroundOptions,
  backgroundContext,
  type Context,
  inNamespace,
  type RequestInfo,
  type UserInfo,
} from './meta/context.js'
export {
  alreadyExists,
  badRequest,
  conflict,
  expired,
  forbidden,
  internalError,
  invalid,
  methodNotSupported,
  notFound,
  serviceUnavailable,
  statusOf,
  timeout,
  tooManyRequests,
  unauthorized,
} from './meta/errors.js'
export * as field from './meta/field/index.js'
export { type FieldError, type FieldPath, fieldPath } from './meta/field/index.js'
export { EVERYTHING as everyField, type FieldSelector, type FieldSet, parseFieldSelector } from './meta/fields/index.js'
export { EVERYTHING as everyLabel, type LabelSelector, parseLabelSelector } from './meta/labels/index.js'
export type { DeleteOptions, Preconditions } from './meta/options/index.js'
export { type Status, type StatusCause, type StatusDetails, StatusError, type StatusReason } from './meta/status.js'
export type { Table, TableColumnDefinition, TableRow } from './meta/table.js'
export type * from './meta/types.js'
export {
  dns1035LabelName,
  dnsLabelName,
  dnsSubdomainName,
  type NameValidator,
  pathSegmentName,
} from './meta/validation/index.js'
export type * from './registry/index.js'
export { Informer } from './registry/index.js'
export { type JSONSchema, type KindVersion, StoredObject } from './runtime/index.js'
export type { InferOutput, StandardSchema } from './runtime/schema/index.js'
export * from './server/index.js'
export {
  type EtcdOptions,
  etcd,
  type LmdbOptions,
  lmdb,
  type RevisionedKV,
  type StoredList,
  type ValueTransformer,
  type WatchEvent,
} from './storage/index.js'
