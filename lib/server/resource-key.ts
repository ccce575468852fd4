/** How a resource is named where one of several groups is meant: `plural.group`, `plural` of the core group. */
export const resourceKey = ({ group, plural }: { readonly group: string; readonly plural: string }): string =>
  group === '' ? plural : `${plural}.${group}`
