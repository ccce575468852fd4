import type { LabelRequirement, Labels } from './requirement.js'

/**
 * Which objects a request is about, by their labels: every requirement must hold.
 *
 * @example
 * ```ts
 * parseLabelSelector('app=web,tier in (front,back)').matches({ app: 'web', tier: 'front' }) // true
 * ```
 */
export class LabelSelector {
  constructor(readonly requirements: readonly LabelRequirement[]) {}

  /** Whether an object with these labels is selected; an object without labels may be passed as `undefined`. */
  matches(labels: Labels | undefined): boolean {
    for (const requirement of this.requirements) {
      if (!requirement.matches(labels)) return false
    }
    return true
  }

  /** True when everything is selected. */
  empty(): boolean {
    return this.requirements.length === 0
  }

  toString(): string {
    return this.requirements.join(',')
  }
}

/** The selector that selects everything. */
export const EVERYTHING = new LabelSelector([])
