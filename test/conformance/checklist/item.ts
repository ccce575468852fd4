/** What shows that the server behaves so. */
export type Evidence =
  | { readonly file: string; readonly title: string; readonly saying: string | undefined }
  | { readonly scenario: string; readonly step: string }

/** One line of the checklist of behaviours, in short. */
export interface Item {
  readonly what: string
  readonly evidence: readonly Evidence[]
  /** Why it, or the part of it that is named here, is not shown by anything. */
  readonly not: string | undefined
}

/** A test, or a group of tests, below `test/`; `saying` must stand in its file where the title is one of a table. */
export const tested = (file: string, title: string, saying?: string): Evidence => ({ file, title, saying })

/** A step of a recorded scenario. */
export const recorded = (scenario: string, step: string): Evidence => ({ scenario, step })

export const shown = (what: string, ...evidence: readonly [Evidence, ...Evidence[]]): Item => ({
  what,
  evidence,
  not: undefined,
})

export const partly = (what: string, not: string, ...evidence: readonly [Evidence, ...Evidence[]]): Item => ({
  what,
  evidence,
  not,
})

export const absent = (what: string, not: string): Item => ({ what, evidence: [], not })

export const NO_CUSTOM_RESOURCES = 'not yet: there are no custom resource definitions'
