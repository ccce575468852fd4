/** A text that is no YAML, or one that cannot become JSON. */
export class YAMLError extends Error {
  override readonly name = 'YAMLError'
  /** @param line from 1, 0 where no line is at fault */
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(line > 0 ? `yaml: line ${line}: ${message}` : `yaml: ${message}`)
  }
}
