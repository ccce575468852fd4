import type { Registry } from 'prom-client'
import type { AdmissionPlugin, Attributes } from '../../admission/index.js'
import type { Context } from '../../meta/context.js'
import { HotHistogram } from './hot-metrics.js'

type Step = NonNullable<AdmissionPlugin['admit']>

/** The same plugins, timed by what they do and whether they refuse. */
export function measuredPlugins(registry: Registry, plugins: readonly AdmissionPlugin[]): readonly AdmissionPlugin[] {
  const durations = new HotHistogram({
    name: 'apiserver_admission_controller_admission_duration_seconds',
    help: 'Admission controller latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
    labelNames: ['name', 'operation', 'rejected', 'type'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5],
    registers: [registry],
  })
  const measured =
    (name: string, type: 'admit' | 'validate', step: Step): Step =>
    async (ctx: Context, attributes: Attributes) => {
      const start = performance.now()
      let rejected = 'true'
      try {
        await step(ctx, attributes)
        rejected = 'false'
      } finally {
        const seconds = (performance.now() - start) / 1000
        durations.series({ name, operation: attributes.operation, rejected, type }).observe(seconds)
      }
    }
  return plugins.map((plugin) => ({
    name: plugin.name,
    handles: plugin.handles,
    ...(plugin.admit && { admit: measured(plugin.name, 'admit', plugin.admit.bind(plugin)) }),
    ...(plugin.validate && { validate: measured(plugin.name, 'validate', plugin.validate.bind(plugin)) }),
  }))
}
