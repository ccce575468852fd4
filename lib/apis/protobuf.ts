import type { ProtobufField, ProtobufMessage } from '../runtime/index.js'

/** A text. */
export const text = (name: string): ProtobufField => ({ name, type: 'string' })
export const texts = (name: string): ProtobufField => ({ name, type: 'string', repeated: true })
export const message = (name: string, type: ProtobufMessage): ProtobufField => ({ name, type })
export const messages = (name: string, type: ProtobufMessage): ProtobufField => ({ name, type, repeated: true })
/** Lists of texts by key, as extra fields of users are. */
export const extra = (name: string): ProtobufField => ({ name, type: 'string', mapOfLists: true })

/** Of `ObjectMeta`, what clients may say of an object that is not kept. */
const objectMeta: ProtobufMessage = {
  fields: {
    1: text('name'),
    2: text('generateName'),
    3: text('namespace'),
    11: { name: 'labels', type: 'textMap' },
    12: { name: 'annotations', type: 'textMap' },
    14: texts('finalizers'),
  },
}

/** A kind with metadata, and its specification; the status is the server's, and is not read. */
export const reviewMessage = (spec?: ProtobufMessage): ProtobufMessage => ({
  fields: { 1: message('metadata', objectMeta), ...(spec ? { 2: message('spec', spec) } : {}) },
})
