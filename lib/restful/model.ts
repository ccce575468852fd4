/** A documented model: a string names a definition, an object is a schema or a sample. */
export type Model = string | object

/** The name a model is shown by: its own text, or its constructor's name. */
export function modelName(model: Model): string {
  return typeof model === 'string' ? model : (model.constructor?.name ?? 'object')
}
