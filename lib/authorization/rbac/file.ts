import { readFileSync } from 'node:fs'
import { messageOf } from '../../meta/errors.js'
import type { Steps } from '../../runtime/steps.js'
import { decodeYAML } from '../../runtime/yaml/index.js'

const SEPARATOR = /^---(?=[ \t\r\n]|$)/m

/**
 * Reads the objects of a YAML file with any number of documents, one a step, or of a JSON file.
 *
 * @throws Error that names the file
 */
export function* readRBACFile(path: string): Steps<unknown[]> {
  const objects: unknown[] = []
  try {
    for (const document of readFileSync(path, 'utf8').split(SEPARATOR)) {
      const { value } = decodeYAML(Buffer.from(document))
      if (value !== null) objects.push(value)
      yield
    }
    return objects
  } catch (err) {
    throw new Error(`the RBAC file ${path} cannot be used: ${messageOf(err)}`, { cause: err })
  }
}
