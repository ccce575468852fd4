import { messageOf } from '../../meta/errors.js'
import { type DecodeResult, memberCount } from '../../runtime/json/index.js'
import { readRegularFile } from '../../runtime/read-file.js'
import type { Steps } from '../../runtime/steps.js'
import { decodeYAML, YAMLError } from '../../runtime/yaml/index.js'

const SEPARATOR = /^---(?=[ \t\r\n]|$)/m
/** Documents, fields and list items of a file, aliases counted with all that they stand for. */
const MAX_FILE_MEMBERS = 1_000_000

/**
 * Reads the objects of a YAML file with any number of documents, one a step, or of a JSON file.
 *
 * @param mayBeEmpty whether there may be no object in it: one that is being written again is empty for a moment
 * @throws Error that names the option and the file, and says why it cannot be used
 */
export function* readRBACFile(path: string, mayBeEmpty: boolean): Steps<unknown[]> {
  const objects: unknown[] = []
  let left = MAX_FILE_MEMBERS
  try {
    let line = 0
    for (const document of readRegularFile(path).toString().split(SEPARATOR)) {
      const { value } = decodeFrom(line, document, left)
      line += linesOf(document)
      left -= 1 + memberCount(value)
      if (left < 0) throw new Error(`limit is ${MAX_FILE_MEMBERS} documents, fields and list items`)
      if (value !== null) objects.push(value)
      yield
    }
    if (!mayBeEmpty && objects.length === 0)
      throw new Error('it is empty, and was not; an empty list of roles is `{kind: List, items: []}`')
    return objects
  } catch (err) {
    throw new Error(`authorization.rbac.file: the RBAC file ${path} cannot be used: ${messageOf(err)}`, { cause: err })
  }
}

/** @throws YAMLError that counts lines from the beginning of the file */
function decodeFrom(line: number, document: string, maxMembers: number): DecodeResult {
  try {
    return decodeYAML(Buffer.from(document), { maxMembers })
  } catch (err) {
    if (!(err instanceof YAMLError) || err.line === 0) throw err
    throw new YAMLError(err.message.replace(/^yaml: line \d+: /, ''), line + err.line)
  }
}

function linesOf(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
