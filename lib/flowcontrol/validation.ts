import { aggregateText } from '../meta/field/index.js'
import type { FieldErrorList } from '../meta/index.js'
import type { FlowSchema } from './flow-schema.js'
import type { PriorityLevelConfiguration } from './priority-level-configuration.js'
import { validateFlowSchema } from './validate-flow-schema.js'
import { validatePriorityLevelConfiguration } from './validate-priority-level.js'

/** @throws Error that names everything that is wrong with any of the objects. */
export function validateConfiguration(
  levels: readonly PriorityLevelConfiguration[],
  schemas: readonly FlowSchema[],
): void {
  const names = new Set(levels.map(({ metadata }) => metadata.name))
  const problems = [
    ...levels.map((level) =>
      problem('PriorityLevelConfiguration', level.metadata.name, validatePriorityLevelConfiguration(level)),
    ),
    ...schemas.map((schema) => problem('FlowSchema', schema.metadata.name, validateFlowSchema(schema, names))),
  ].filter((text) => text !== undefined)
  if (problems.length > 0) throw new Error(problems.join('; '))
}

const problem = (kind: string, name: string, errors: FieldErrorList): string | undefined =>
  errors.length > 0 ? `${kind} ${JSON.stringify(name)} is invalid: ${aggregateText(errors)}` : undefined
