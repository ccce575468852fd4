import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { messageOf } from '../../meta/errors.js'
import { fileVersions, watchFiles } from '../../runtime/watch-files.js'
import type { Logger } from '../logger.js'
import type { TLSOptions } from './options.js'

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
 * Serves with what is new in the files: connections that are open stay as they are. Files that do not fit together (one of
 * them is being written) are tried again; until then the old ones serve on.
 *
 * @returns what ends it
 */
export function reloadCertificates(server: SecureServer, tls: TLSOptions, logger: Logger): () => void {
  const files = [tls.certFile, tls.keyFile, ...(tls.clientCAFile === undefined ? [] : [tls.clientCAFile])]
  return watchFiles(files, fileVersions(files), {
    intervalMs: tls.reloadIntervalMs,
    load: () => server.setSecureContext(readCertificates(tls)),
    done(err) {
      if (err === undefined) logger.info({ certFile: tls.certFile }, 'serving with new certificates')
      else logger.error({ err: messageOf(err), files }, 'new certificates cannot be used, serving with the old ones')
    },
  })
}
