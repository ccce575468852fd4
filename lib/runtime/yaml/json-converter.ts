import type { Alias, ParsedNode, Scalar, YAMLMap } from 'yaml'
import { type DecodeResult, DepthError, isJSONObject, MAX_PROBLEMS, setOwnProperty } from '../json/index.js'
import { FieldTrail } from '../schema/field-trail.js'
import { yaml } from './library.js'
import type { ParsedYAML } from './parse-document.js'
import { NOT_FINITE, resolveScalar } from './resolve-scalar.js'
import { YAMLError } from './yaml-error.js'

/** Nodes and characters that aliases may add in all; a document of a few lines could otherwise become gigabytes. */
const MAX_ALIASED = 1_000_000

const TAG_PREFIX = 'tag:yaml.org,2002:'

const PLAIN: Scalar.Type = 'PLAIN'

/** Makes a JSON value of a parsed document. Good for one document. */
export class JSONConverter {
  readonly #trail = new FieldTrail()
  readonly #duplicates = new Set<string>()
  /** What each anchor names at this point of the document. */
  readonly #anchors = new Map<string, ParsedNode>()
  /** What each alias named where it stands; an alias may be visited again when an anchor has moved on. */
  readonly #targets = new Map<Alias, ParsedNode>()
  /** Anchored nodes that are being converted: an alias to one of them has no end. */
  readonly #open = new Set<ParsedNode>()
  #depth = 0
  #aliasDepth = 0
  #aliased = 0

  constructor(
    readonly document: ParsedYAML,
    readonly maxDepth: number,
  ) {}

  convert(): DecodeResult {
    const { root } = this.document
    const value = root === null ? null : this.#node(root)
    return { value, duplicates: [...this.#duplicates] }
  }

  #fail(node: ParsedNode, message: string): never {
    throw new YAMLError(message, this.document.lineOf(node))
  }

  #node(node: ParsedNode | null): unknown {
    const { isAlias, isScalar, isSeq } = yaml()
    if (node === null) return null
    if (isAlias(node)) return this.#alias(node as Alias.Parsed)
    this.#count(node, 1)
    const anchor = (node as { anchor?: string }).anchor
    if (anchor !== undefined && this.#aliasDepth === 0) this.#anchors.set(anchor, node)
    if (isScalar(node)) return this.#scalar(node as Scalar.Parsed)
    if (++this.#depth > this.maxDepth) throw new DepthError(this.maxDepth)
    this.#open.add(node)
    const value = isSeq(node) ? this.#sequence(node.items as ParsedNode[]) : this.#map(node as YAMLMap.Parsed)
    this.#open.delete(node)
    this.#depth--
    return value
  }

  #count(node: ParsedNode, weight: number): void {
    if (this.#aliasDepth === 0) return
    this.#aliased += weight
    if (this.#aliased > MAX_ALIASED) this.#fail(node, 'document contains excessive aliasing')
  }

  #alias(alias: Alias.Parsed): unknown {
    const target = this.#targets.get(alias) ?? this.#anchors.get(alias.source)
    if (target === undefined) this.#fail(alias, `unknown anchor '${alias.source}' referenced`)
    if (this.#open.has(target)) this.#fail(alias, `anchor '${alias.source}' value contains itself`)
    this.#targets.set(alias, target)
    this.#aliasDepth++
    const value = this.#node(target)
    this.#aliasDepth--
    return value
  }

  #sequence(items: readonly ParsedNode[]): unknown[] {
    return items.map((item, index) => {
      this.#trail.enter(index)
      const value = this.#node(item)
      this.#trail.leave()
      return value
    })
  }

  #map(map: YAMLMap.Parsed): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    const merged: unknown[] = []
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        merged.push(this.#mergeSource(value ?? key))
        continue
      }
      const name = this.#key(key)
      this.#trail.enter(name)
      if (Object.hasOwn(object, name) && this.#duplicates.size < MAX_PROBLEMS) {
        this.#duplicates.add(this.#trail.toString())
      }
      setOwnProperty(object, name, this.#node(value))
      this.#trail.leave()
    }
    for (const source of merged.flat()) {
      for (const [name, value] of Object.entries(source as object)) {
        if (!Object.hasOwn(object, name)) setOwnProperty(object, name, value)
      }
    }
    return object
  }

  #mergeSource(node: ParsedNode): unknown {
    const source = this.#node(node)
    const sources = Array.isArray(source) ? source : [source]
    if (!sources.every(isJSONObject)) this.#fail(node, 'map merge requires map or sequence of maps as the value')
    return sources
  }

  #key(node: ParsedNode): string {
    const key = this.#node(node)
    if (typeof key === 'string') return key
    if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return String(key)
    return this.#fail(node, `unsupported map key of type ${key === null ? 'null' : typeof key}`)
  }

  #scalar(node: Scalar.Parsed): unknown {
    const text = String(node.value)
    this.#count(node, text.length)
    const tag = (node as { tag?: string }).tag
    if (tag === undefined) return node.type === PLAIN ? this.#resolved(node, text) : text
    if (!tag.startsWith(TAG_PREFIX)) return text
    return this.#tagged(node, text, tag.slice(TAG_PREFIX.length))
  }

  #resolved(node: ParsedNode, text: string): unknown {
    const value = resolveScalar(text)
    return value === NOT_FINITE ? this.#fail(node, `${text} cannot be expressed in JSON`) : value
  }

  #tagged(node: ParsedNode, text: string, tag: string): unknown {
    if (tag === 'binary') return this.#binary(node, text)
    const value = this.#resolved(node, text)
    const fits = {
      int: typeof value === 'bigint' || Number.isInteger(value),
      float: typeof value === 'bigint' || typeof value === 'number',
      bool: typeof value === 'boolean',
      null: value === null,
    }[tag]
    // Other tags (str, timestamp, a program's own) leave the text as it is.
    if (fits === undefined) return text
    return fits ? value : this.#fail(node, `cannot decode \`${text.slice(0, 64)}\` as a !!${tag}`)
  }

  #binary(node: ParsedNode, text: string): string {
    const compact = text.replaceAll(/\s/g, '')
    if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
      this.#fail(node, '!!binary value contains invalid base64 data')
    }
    return Buffer.from(compact, 'base64').toString()
  }
}

function isMergeKey(key: ParsedNode): boolean {
  return yaml().isScalar(key) && key.type === PLAIN && key.value === '<<' && (key as { tag?: string }).tag === undefined
}
