import { readOptionFile } from '../runtime/read-option-file.js'
import { fileVersions, watchFiles } from '../runtime/watch-files.js'
import { certificatesOf } from './certificate-authority.js'

/** How a file of certificates is looked at, and who is told of changes. */
export interface CertificateFileOptions {
  /** The option that names the file, for messages. */
  readonly option: string
  /** How often the file is looked at, in milliseconds. Default 10,000; 0 = never. */
  readonly reloadIntervalMs?: number | undefined
  /** Told when other certificates hold, and why not: a file that cannot be used leaves those in place that were read last. */
  onReload?(file: string, err?: unknown): void
}

/** The authorities in a file, and those that are written into it later. */
export class CertificateFile {
  #bundle: Buffer
  readonly #listeners = new Set<() => void>()
  readonly #stop: () => void

  /** @throws Error when the file cannot be read, or holds no certificate in PEM */
  constructor(
    readonly path: string,
    { option, reloadIntervalMs: intervalMs, onReload }: CertificateFileOptions,
  ) {
    const versions = fileVersions([path])
    this.#bundle = readBundle(option, path)
    this.#stop = watchFiles([path], versions, {
      intervalMs,
      load: () => {
        this.#bundle = readBundle(option, path)
      },
      done: (err) => {
        onReload?.(path, err)
        if (err === undefined) for (const listener of this.#listeners) listener()
      },
    })
  }

  /** What was read last; another object once it is read anew. */
  get bundle(): Buffer {
    return this.#bundle
  }

  /** Tells when other certificates hold; gives back what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes no more changes. */
  close(): void {
    this.#stop()
  }
}

function readBundle(option: string, path: string): Buffer {
  const bundle = readOptionFile(option, path)
  certificatesOf(bundle, `${option}: the file ${path}`)
  return bundle
}
