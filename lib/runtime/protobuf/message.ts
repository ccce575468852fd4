/** What a field of a message holds. Texts by keys are how protobuf encodes maps. */
export type ProtobufType = 'string' | 'bool' | 'textMap' | ProtobufMessage

export interface ProtobufField {
  /** The name in JSON. */
  readonly name: string
  readonly type: ProtobufType
  readonly repeated?: true
  /** The field is a map whose values are messages that hold the list of `type` in their field 1 (Kubernetes' ExtraValue). */
  readonly mapOfLists?: true
}

/** The fields of a message by their numbers. What is not described is passed over. */
export interface ProtobufMessage {
  readonly fields: Readonly<Record<number, ProtobufField>>
}
