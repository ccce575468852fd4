import { readOptionFile } from '../runtime/read-option-file.js'
import { fileVersions, watchFiles } from '../runtime/watch-files.js'
import type { AuthenticationResponse, TokenAuthenticator } from './authenticator.js'
import { parseTokens, type StaticToken, StaticTokens } from './static-tokens.js'

const OPTION = 'authentication.tokenFile'

/** Where static tokens come from, and who is told of changes. */
export interface TokenFileOptions {
  /** Tokens besides those of the file; of the same token twice the file's wins. */
  readonly tokens?: readonly StaticToken[]
  /** How often the file is looked at, in milliseconds. Default 10,000; 0 = never. */
  readonly reloadIntervalMs?: number | undefined
  /**
   * Told when other tokens hold, and why not: a file that cannot be used leaves those in place that were read last, and so
   * does an empty one where there were some; to take all away, write a line without a token (`,,`).
   */
  onReload?(file: string, err?: unknown): void
}

/**
 * Knows the tokens of a file in the form of kube-apiserver's `--token-auth-file`, and those that are written into it later,
 * which kube-apiserver learns by a restart alone.
 *
 * @example
 * ```ts
 * const tokens = new TokenFile('/etc/apiserver/tokens.csv', { onReload: (file, err) => log.info({ file, err }, 'tokens') })
 * tokens.close() // ends the looking
 * ```
 */
export class TokenFile implements TokenAuthenticator {
  #tokens: StaticTokens
  readonly #stop: () => void

  /** @throws Error when the file cannot be read or used */
  constructor(
    readonly path: string,
    options: TokenFileOptions = {},
  ) {
    const { tokens = [], reloadIntervalMs: intervalMs } = options
    const versions = fileVersions([path])
    let ofFile = readTokens(path, true)
    this.#tokens = new StaticTokens([...tokens, ...ofFile])
    this.#stop = watchFiles([path], versions, {
      intervalMs,
      load: () => {
        const found = readTokens(path, ofFile.length === 0)
        this.#tokens = new StaticTokens([...tokens, ...found])
        ofFile = found
      },
      done: (err) => options.onReload?.(path, err),
    })
  }

  authenticateToken(token: string): AuthenticationResponse | undefined {
    return this.#tokens.authenticateToken(token)
  }

  /** Takes no more changes. */
  close(): void {
    this.#stop()
  }
}

/** @param mayBeEmpty whether there may be no line in it: one that is being written again is empty for a moment */
function readTokens(path: string, mayBeEmpty: boolean): readonly StaticToken[] {
  const text = readOptionFile(OPTION, path).toString()
  const tokens = parseTokens(text, path)
  // Every line has commas, one without a token too.
  if (!mayBeEmpty && tokens.length === 0 && !text.includes(','))
    throw new Error(`${OPTION}: token file '${path}' is empty, and was not; a line without a token is \`,,\``)
  return tokens
}
