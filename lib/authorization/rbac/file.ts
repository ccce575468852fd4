import { readFileSync } from 'node:fs'
import { messageOf } from '../../meta/errors.js'
import { decodeYAML } from '../../runtime/yaml/index.js'

const SEPARATOR = /^---(?=[ \t\r\n]|$)/m

/**
 * Reads the objects of a YAML file with any number of documents, or of a JSON file. Read at once, for a server starts with it.
 *
 * @throws Error that names the file
 */
export function readRBACFile(path: string): unknown[] {
  try {
    return readFileSync(path, 'utf8')
      .split(SEPARATOR)
      .map((document) => decodeYAML(Buffer.from(document)).value)
      .filter((object) => object !== null)
  } catch (err) {
    throw new Error(`the RBAC file ${path} cannot be used: ${messageOf(err)}`, { cause: err })
  }
}
