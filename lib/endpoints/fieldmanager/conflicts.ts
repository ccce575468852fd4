import { applyConflict } from '../../meta/errors.js'
import { quote } from '../../meta/go/index.js'
import { StatusError } from '../../meta/status.js'
import type { FieldSet } from './field-set.js'
import type { Manager, Managers } from './managers.js'
import { type Path, pathText } from './path-element.js'

/** What others own that a write would change, by the identifier of the owner. */
export type Conflicts = ReadonlyMap<string, FieldSet>

interface Conflict {
  readonly manager: string
  readonly path: Path
}

/** Somebody else owns fields that an apply wants to have otherwise. Trying again cannot help. */
export class ApplyConflictError extends StatusError {
  constructor(
    readonly conflicts: Conflicts,
    managers: Managers,
  ) {
    const found = listed(conflicts, managers)
    const causes = found.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${manager}`,
      field: pathText(path),
    }))
    super(applyConflict(causes, conflictMessage(found)).status)
  }
}

/** As many conflicts are listed at most. */
const MAX_LISTED = 1_000

function listed(conflicts: Conflicts, managers: Managers): Conflict[] {
  const found: Conflict[] = []
  for (const [id, set] of [...conflicts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const manager = managerText(managers.get(id)!)
    for (const path of set.paths()) {
      if (found.length === MAX_LISTED) return found
      found.push({ manager, path })
    }
  }
  return found
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (conflicts.length === 1 && first)
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${pathText(first.path)}`
  const lines: string[] = []
  let shown: string | undefined
  for (const { manager, path } of conflicts) {
    if (manager !== shown) lines.push(`conflicts with ${manager}:`)
    shown = manager
    lines.push(`- ${pathText(path)}`)
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

/** `"kubectl-edit" with subresource "status" using apps/v1`: an applier's version is nobody's concern. */
function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `${quote(manager)}${subresource === '' ? '' : ` with subresource ${quote(subresource)}`}`
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}
