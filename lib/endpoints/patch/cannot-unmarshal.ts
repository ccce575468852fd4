/** What Go's decoder says of a value of the wrong type; `into` as in `Go value of type []string`. */
export function cannotUnmarshal(value: unknown, into: string): string {
  return `json: cannot unmarshal ${typeName(value)} into ${into}`
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'bigint') return 'number'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
