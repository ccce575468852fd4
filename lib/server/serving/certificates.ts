import { createPrivateKey, type KeyObject } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { type ClientCAs, certificatesOf } from '../../authentication/index.js'
import { messageOf } from '../../meta/errors.js'
import { readOptionFile } from '../../runtime/read-option-file.js'
import { fileVersions, watchFiles } from '../../runtime/watch-files.js'
import { type Logger, plainError } from '../logger.js'
import type { TLSOptions } from './options.js'

/** A server whose certificate can be changed while it serves. */
interface SecureServer {
  setSecureContext(options: SecureContextOptions): void
}

/**
 * Reads certificates from their files.
 *
 * @param clientCAs authorities of client certificates besides those of `clientCAFile`
 * @throws Error that names the option and its file when it cannot be read, holds something else, or a key that is not the
 * certificate's
 */
export function readCertificates(tls: TLSOptions, clientCAs?: ClientCAs): SecureContextOptions {
  const { certFile, keyFile, clientCAFile, minVersion = 'TLSv1.2' } = tls
  const cert = readOptionFile('tls.certFile', certFile)
  const key = readOptionFile('tls.keyFile', keyFile)
  const [certificate] = certificatesOf(cert, `tls.certFile: the file ${certFile}`)
  const privateKey = privateKeyOf(key, keyFile)
  if (!certificate?.checkPrivateKey(privateKey))
    throw new Error(
      `tls.keyFile: the key in ${keyFile} is not that of the first certificate in tls.certFile (${certFile})`,
    )
  const ca = [...(clientCAs?.bundles() ?? []), ...(clientCAFile === undefined ? [] : [readClientCAs(clientCAFile)])]
  const options = { cert, key, ...(ca.length > 0 && { ca }), minVersion }
  createSecureContext(options)
  return options
}

function privateKeyOf(key: Buffer, file: string): KeyObject {
  try {
    return createPrivateKey(key)
  } catch (err) {
    throw new Error(`tls.keyFile: the file ${file} holds no private key in PEM that can be used: ${messageOf(err)}`, {
      cause: err,
    })
  }
}

function readClientCAs(file: string): Buffer {
  const bundle = readOptionFile('tls.clientCAFile', file)
  certificatesOf(bundle, `tls.clientCAFile: the file ${file}`)
  return bundle
}

/**
 * Serves with what is new in the files: connections that are open stay as they are. Files that do not fit together (one of
 * them is being written) are tried again; until then the old ones serve on.
 *
 * @returns what ends it
 */
export function reloadCertificates(
  server: SecureServer,
  tls: TLSOptions,
  logger: Logger,
  clientCAs?: ClientCAs,
): () => void {
  const files = [tls.certFile, tls.keyFile, ...(tls.clientCAFile === undefined ? [] : [tls.clientCAFile])]
  const load = (): void => server.setSecureContext(readCertificates(tls, clientCAs))
  const done = (err?: unknown): void => {
    if (err === undefined) logger.info({ certFile: tls.certFile }, 'serving with new certificates')
    else logger.error({ err: plainError(err), files }, 'new certificates cannot be used, serving with the old ones')
  }
  const stopWatching = watchFiles(files, fileVersions(files), { intervalMs: tls.reloadIntervalMs, load, done })
  const stopListening = clientCAs?.onChange(() => {
    try {
      load()
      done()
    } catch (err) {
      done(err)
    }
  })
  return () => {
    stopWatching()
    stopListening?.()
  }
}
