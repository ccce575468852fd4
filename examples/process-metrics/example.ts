import { apiserver } from 'express-apiserver'
import type { Example } from '../serve.js'
import { processMetrics } from './process-metrics.js'

export const processMetricsServer: Example = {
  keepsObjects: false,
  mounts: ['front'],
  create: () => ({ api: apiserver({ resources: [], restResources: [processMetrics()], notFound: true }) }),
  commands: (url) => [
    `kubectl --server ${url} get processes`,
    `kubectl --server ${url} get processes --watch`,
    `kubectl --server ${url} explain processes.usage`,
  ],
}
