/** How much of a request is told (Kubernetes' `audit.k8s.io/v1` Level); each tells what those before it tell, and more. */
export type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse'

/** When an event is made: the request has come, a long answer begins, the answer is complete, or nobody caught an error. */
export type Stage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic'

export const LEVELS: readonly Level[] = ['None', 'Metadata', 'Request', 'RequestResponse']
export const STAGES: readonly Stage[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic']

/** What all objects of this group say of themselves. */
export const API_VERSION = 'audit.k8s.io/v1'

/** `true` where request and response objects were left out because the event was too large with them. */
export const TRUNCATED_ANNOTATION = 'audit.k8s.io/truncated'
