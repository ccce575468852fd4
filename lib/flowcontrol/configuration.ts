import { MANDATORY_FLOW_SCHEMAS, SUGGESTED_FLOW_SCHEMAS } from './bootstrap/flow-schemas.js'
import { MANDATORY_PRIORITY_LEVELS, SUGGESTED_PRIORITY_LEVELS } from './bootstrap/priority-levels.js'
import { ClassifiedSchema } from './classified-schema.js'
import type { Clock } from './clock.js'
import { concurrencyLimits } from './concurrency-limits.js'
import type { Pace } from './fairqueuing/seats.js'
import { byPrecedence } from './flow-schema.js'
import type { KubeObject } from './object.js'
import type { FlowControlOptions } from './options.js'
import { PriorityLevel } from './priority-level.js'
import { levelSettings } from './priority-level-configuration.js'
import { validateConfiguration } from './validation.js'

/** Levels and schemas at work; schemas in the order in which they are asked. */
export interface Configured {
  readonly levels: readonly PriorityLevel[]
  readonly schemas: readonly ClassifiedSchema[]
}

/**
 * Puts the built-in and the given objects to work.
 *
 * @throws RangeError for a total that is no positive whole number.
 * @throws Error that names every field of every object that cannot be worked with.
 */
export function configure(options: FlowControlOptions, clock: Clock, pace: Pace): Configured {
  const { totalConcurrency = 600, suggested = true } = options
  if (!Number.isSafeInteger(totalConcurrency) || totalConcurrency < 1)
    throw new RangeError(`totalConcurrency must be a positive whole number, not ${totalConcurrency}`)
  const configurations = byName(
    MANDATORY_PRIORITY_LEVELS,
    suggested ? SUGGESTED_PRIORITY_LEVELS : [],
    options.priorityLevels ?? [],
  )
  const flowSchemas = byName(MANDATORY_FLOW_SCHEMAS, suggested ? SUGGESTED_FLOW_SCHEMAS : [], options.flowSchemas ?? [])
  validateConfiguration(configurations, flowSchemas)
  const limits = concurrencyLimits(totalConcurrency, configurations.map(levelSettings))
  const seatsIfNone = Math.max(1, Math.round(totalConcurrency / 10))
  const levels = new Map<string, PriorityLevel>()
  for (const [index, configuration] of configurations.entries()) {
    const level = new PriorityLevel(configuration, limits[index]!, seatsIfNone, clock, pace)
    levels.set(level.name, level)
  }
  const schemas = flowSchemas
    .sort(byPrecedence)
    .map((schema) => new ClassifiedSchema(schema, levels.get(schema.spec.priorityLevelConfiguration.name)!))
  return { levels: [...levels.values()], schemas }
}

/** All objects, a later one in place of an earlier one of its name. */
function byName<T extends KubeObject>(...lists: readonly (readonly T[])[]): T[] {
  return [...new Map(lists.flat().map((object) => [object.metadata.name, object])).values()]
}
