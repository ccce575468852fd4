import { MembersError, setOwnProperty } from '../json/index.js'
import type { ProtobufField, ProtobufMessage } from './message.js'
import { BYTES, ProtobufError, ProtobufReader, VARINT } from './reader.js'

/** Bytes whose fields and list items are counted, for a few bytes can stand for many. */
interface Budget {
  left: number
  readonly maxMembers: number
}

/** What `runtime.Unknown` wraps an object in, behind four bytes by which it is known. */
const MAGIC = Buffer.from('k8s\0')
const TYPE_META = 1
const RAW = 2
const CONTENT_ENCODING = 3

const typeMeta: ProtobufMessage = {
  fields: { 1: { name: 'apiVersion', type: 'string' }, 2: { name: 'kind', type: 'string' } },
}

/**
 * Decodes an object in the protobuf form of Kubernetes, `k8s\0` and a `runtime.Unknown`, into its JSON form.
 *
 * @param messageOf what the object's fields are, from what it says of itself; undefined = of no kind that is known, and all
 * that can be told is which
 * @throws ProtobufError for bytes that are none, MembersError for more than `maxMembers` fields and list items
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
export function decodeProtobufObject(
  body: Buffer,
  messageOf: (type: { readonly apiVersion?: unknown; readonly kind?: unknown }) => ProtobufMessage | undefined,
  maxMembers = Number.POSITIVE_INFINITY,
): Record<string, unknown> {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix k8s\\x00')
  const budget = { left: maxMembers, maxMembers }
  const { type, raw } = readUnknown(body.subarray(MAGIC.length), budget)
  const message = messageOf(type)
  const { apiVersion, kind } = type
  return {
    ...(kind ? { kind } : {}),
    ...(apiVersion ? { apiVersion } : {}),
    ...(message && read(raw, message, budget)),
  }
}

function readUnknown(bytes: Buffer, budget: Budget): { type: Record<string, unknown>; raw: Buffer } {
  const reader = new ProtobufReader(bytes)
  let type: Record<string, unknown> = {}
  let raw: Buffer = Buffer.alloc(0)
  while (!reader.done) {
    const { field, wireType } = reader.tag()
    if (wireType !== BYTES) reader.skip(wireType)
    else if (field === TYPE_META) type = read(reader.part(), typeMeta, budget)
    else if (field === RAW) raw = reader.part()
    else if (field === CONTENT_ENCODING && reader.part().length > 0)
      throw new ProtobufError('encoded content is not understood')
    else if (field > CONTENT_ENCODING) reader.skip(wireType)
  }
  return { type, raw }
}

/** @param into what came of the message before: of one that is written in several parts, all count */
function read(
  bytes: Buffer,
  message: ProtobufMessage,
  budget: Budget,
  into: Record<string, unknown> = {},
): Record<string, unknown> {
  const reader = new ProtobufReader(bytes)
  while (!reader.done) {
    const { field: number, wireType } = reader.tag()
    const field = message.fields[number]
    if (field === undefined) {
      reader.skip(wireType)
      continue
    }
    take(budget)
    readField(reader, field, wireType, budget, into)
  }
  return into
}

function readField(
  reader: ProtobufReader,
  field: ProtobufField,
  wireType: number,
  budget: Budget,
  into: Record<string, unknown>,
): void {
  const { name, type, repeated, mapOfLists } = field
  if (wireType !== (type === 'bool' ? VARINT : BYTES))
    throw new ProtobufError(`wrong wireType = ${wireType} for field ${name}`)
  if (mapOfLists || type === 'textMap') {
    into[name] ??= {}
    readEntry(reader.part(), field, budget, into[name] as Record<string, unknown>)
  } else if (repeated) {
    into[name] ??= []
    ;(into[name] as unknown[]).push(readValue(reader, type, budget, undefined))
  } else into[name] = readValue(reader, type, budget, into[name])
}

function readValue(
  reader: ProtobufReader,
  type: Exclude<ProtobufField['type'], 'textMap'>,
  budget: Budget,
  before: unknown,
): unknown {
  if (type === 'string') return reader.text()
  if (type === 'bool') return reader.varint() !== 0
  return read(reader.part(), type, budget, before as Record<string, unknown> | undefined)
}

/** An entry of a map is a message of its key and value. */
function readEntry(
  bytes: Buffer,
  { type, mapOfLists }: ProtobufField,
  budget: Budget,
  into: Record<string, unknown>,
): void {
  const value: ProtobufField = mapOfLists
    ? { name: 'value', type: { fields: { 1: { name: 'items', type, repeated: true } } } }
    : { name: 'value', type: 'string' }
  const entry = read(bytes, { fields: { 1: { name: 'key', type: 'string' }, 2: value } }, budget)
  const key = (entry.key ?? '') as string
  const items = (entry.value as { items?: unknown } | undefined)?.items ?? []
  setOwnProperty(into, key, mapOfLists ? items : (entry.value ?? ''))
}

function take(budget: Budget): void {
  if (--budget.left < 0) throw MembersError.tooMany({ maxMembers: budget.maxMembers }, 'members')
}
