/** A kind without its version: how messages name what is wrong, e.g. `Flunder.wardle.example.com`. */
export interface GroupKind {
  readonly group: string
  readonly kind: string
}

/** `Flunder.wardle.example.com`, or `Pod` in the core group. */
export function groupKindString(gk: GroupKind): string {
  return gk.group === '' ? gk.kind : `${gk.kind}.${gk.group}`
}
