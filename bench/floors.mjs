// What the API must reach: a rate as a share of what stands beside it in the same run.

/** By case and server. */
const floors = {
  get: { 'etcd front': 0.25, 'etcd use': 0.5, 'lmdb front': 0.4 },
  get256: { 'etcd front': 0.45 },
  get0: { 'etcd front': 0.4, 'etcd use': 0.75 },
  list: { 'etcd front': 0.8 },
  listwrites: { 'etcd front': 0.3 },
  create: { 'etcd front': 0.35 },
  put: { 'etcd front': 0.6 },
  patch: { 'etcd front': 0.6 },
  watch: { 'etcd front': 2.5 },
}

/** Cases whose p99 must not be above that of what they are compared with. */
const noSlower = ['watch']

/** While somebody else writes, half of it is enough. */
const UNDER_FOREIGN_WRITES = 0.5

/**
 * @param {{ case: string, server: string, ratio?: number, p99?: number }} row without a ratio it failed
 * @param {{ p99?: number } | undefined} base what the row's ratio is of
 * @returns {{ ratio: number, p99?: number, met: boolean } | undefined}
 */
export function floorOf(row, base, { foreign }) {
  const ratio = floors[row.case]?.[row.server]
  if (ratio === undefined || !base) return undefined
  const floor = { ratio: foreign ? ratio * UNDER_FOREIGN_WRITES : ratio }
  if (noSlower.includes(row.case)) floor.p99 = base.p99
  return { ...floor, met: (row.ratio ?? 0) >= floor.ratio && (floor.p99 === undefined || row.p99 <= floor.p99) }
}
