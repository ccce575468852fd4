import { createRequire } from 'node:module'
import type { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'
import type { EntityReaderWriter } from './entity-accessor.js'
import { ServiceError } from './service-error.js'
import { MAX_XML_DEPTH, xmlRootName, xmlTree } from './xml-tree.js'

/** How XML is read and written. */
export interface XmlAccessorOptions {
  /** The root element of what is written; the name of the value's class by default, `entity` for a plain object. */
  readonly root?: string
  /** Elements read as lists even where there is one of them. */
  readonly arrays?: readonly string[]
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** What is said of a malformed document, in UTF-16 units: the library quotes as much of it as there is. */
const MAX_REASON = 200

/**
 * Reads and writes XML 1.0 by npm `fast-xml-parser`, which is loaded at the first document.
 *
 * An element becomes a member, repeated ones a list, attributes members with an `@` before their name, text beside them
 * `#text`; the root's own name is dropped. XML knows no types, so each value is a string, digits and all. A document
 * with a DOCTYPE is refused: it is the door for entities that grow or reach outside.
 *
 * @example
 * container.entityAccessor('application/xml', xmlAccessor({ root: 'user', arrays: ['role'] }))
 */
export function xmlAccessor(options: XmlAccessorOptions = {}): EntityReaderWriter {
  const arrays = new Set(options.arrays ?? [])
  let parser: XMLParser | undefined
  return {
    read(body) {
      const library = fastXmlParser()
      parser ??= makeParser(library, arrays)
      return rootValue(parseDocument(body.toString(), parser, library.XMLValidator))
    },
    write(value, { pretty }) {
      const builder = new (fastXmlParser().XMLBuilder)({
        ignoreAttributes: false,
        attributeNamePrefix: '@',
        format: pretty,
        indentBy: ' ',
        suppressBooleanAttributes: false,
      })
      return `${DECLARATION}${builder.build(xmlTree(value, options.root ?? xmlRootName(value))).trimEnd()}\n`
    },
  }
}

interface FastXmlParser {
  readonly XMLParser: typeof XMLParser
  readonly XMLBuilder: typeof XMLBuilder
  readonly XMLValidator: typeof XMLValidator
}

let loaded: FastXmlParser | undefined

// Not everybody speaks XML: the library is loaded when somebody does.
function fastXmlParser(): FastXmlParser {
  loaded ??= createRequire(import.meta.url)('fast-xml-parser') as FastXmlParser
  return loaded
}

function makeParser(library: FastXmlParser, arrays: ReadonlySet<string>): XMLParser {
  return new library.XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    // Character references come with these; named ones of HTML do no harm.
    htmlEntities: true,
    processEntities: { enabled: true, maxTotalExpansions: 100_000, maxExpandedLength: 1_000_000 },
    maxNestedTags: MAX_XML_DEPTH,
    isArray: (name) => arrays.has(name),
  })
}

function parseDocument(text: string, parser: XMLParser, validator: typeof XMLValidator): unknown {
  const doctype = text.search(/<!DOCTYPE/i)
  if (doctype !== -1 && !text.slice(0, doctype).includes('<![CDATA[')) throw refusal('a DOCTYPE is not allowed')
  const valid = validator.validate(text)
  if (valid !== true) throw refusal(valid.err.msg)
  try {
    return parser.parse(text)
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : 'it cannot be read')
  }
}

function refusal(reason: string): ServiceError {
  return new ServiceError(400, `malformed XML: ${reason.slice(0, MAX_REASON)}`)
}

function rootValue(document: unknown): unknown {
  const roots = Object.entries(document as object).filter(([name]) => name !== '#text')
  const [root] = roots
  if (root === undefined || roots.length > 1 || Array.isArray(root[1])) throw refusal('there must be one root element')
  return withoutBlanks(root[1])
}

// Line breaks between elements are text to the library.
function withoutBlanks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBlanks)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
  const elements = members.some(([name]) => name !== '#text' && !name.startsWith('@'))
  const kept = members.filter(([name, text]) => name !== '#text' || !elements || String(text).trim() !== '')
  return Object.fromEntries(kept.map(([name, each]) => [name, withoutBlanks(each)]))
}
