import { readFileSync, statSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { messageOf } from '../../meta/errors.js'
import type { Logger } from '../logger.js'
import type { TLSOptions } from './options.js'

const RELOAD_INTERVAL_MS = 10_000

/** A server whose certificate can be changed while it serves. */
interface SecureServer {
  setSecureContext(options: SecureContextOptions): void
}

/**
 * Reads certificates from their files.
 *
 * @throws Error for a file that cannot be read, or a key that is not the certificate's
 */
export function readCertificates({
  certFile,
  keyFile,
  clientCAFile,
  minVersion = 'TLSv1.2',
}: TLSOptions): SecureContextOptions {
  const options = {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ...(clientCAFile !== undefined && { ca: readFileSync(clientCAFile) }),
    minVersion,
  }
  createSecureContext(options)
  return options
}

/**
 * Looks at the files every now and then, and serves with what is new in them: connections that are open stay as they are.
 * Files that do not fit together (one of them is being written) are tried again; until then the old ones serve on.
 * Looking at names, not at inodes, sees the links too that Kubernetes puts in place of mounted secrets.
 *
 * @returns what ends it
 */
export function reloadCertificates(server: SecureServer, tls: TLSOptions, logger: Logger): () => void {
  const files = [tls.certFile, tls.keyFile, ...(tls.clientCAFile === undefined ? [] : [tls.clientCAFile])]
  let served = versionOf(files)
  let refused: string | undefined
  const look = () => {
    const found = versionOf(files)
    if (found === served) return
    try {
      server.setSecureContext(readCertificates(tls))
      served = found
      logger.info({ certFile: tls.certFile }, 'serving with new certificates')
    } catch (err) {
      if (found !== refused)
        logger.error({ err: messageOf(err), files }, 'new certificates cannot be used, serving with the old ones')
      refused = found
    }
  }
  const timer = setInterval(look, tls.reloadIntervalMs ?? RELOAD_INTERVAL_MS).unref()
  return () => clearInterval(timer)
}

/** Changes whenever one of the files does. */
const versionOf = (files: readonly string[]): string =>
  files
    .map((file) => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
      return stat ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}` : 'none'
    })
    .join(' ')
