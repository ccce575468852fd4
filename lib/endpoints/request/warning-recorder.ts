/** Keeps what a client is to be warned of until its answer begins (Kubernetes' `warning.Recorder`). */
export interface WarningRecorder {
  record(text: string): void
  /** What the answer's `Warning` headers shall say, in order; undefined = nothing. Asked when its head is sent. */
  readonly warnings: Iterable<string> | undefined
}

/** Keeps each text once. */
export class DedupedWarnings implements WarningRecorder {
  #texts: Set<string> | undefined

  record(text: string): void {
    this.#texts ??= new Set()
    this.#texts.add(text)
  }

  get warnings(): ReadonlySet<string> | undefined {
    return this.#texts
  }
}
