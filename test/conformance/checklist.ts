import type { Item } from './checklist/item.js'
import { D10, D11, D12, D13, D14, D15, D16 } from './checklist/objects.js'
import { D5, D6, D7, D8, D9 } from './checklist/requests.js'
import { D1, D2, D3, D4 } from './checklist/routing.js'

/**
 * The behaviours of Kubernetes' API server, line by line in the order of the reference's sections, each with what shows
 * it here or with the reason why nothing does. The counts are those of the reference: a line that is forgotten shows.
 */
export const CHECKLIST: readonly (readonly [section: string, lines: number, items: readonly Item[]])[] = [
  ['D1', 21, D1],
  ['D2', 19, D2],
  ['D3', 36, D3],
  ['D4', 22, D4],
  ['D5', 16, D5],
  ['D6', 21, D6],
  ['D7', 10, D7],
  ['D8', 11, D8],
  ['D9', 7, D9],
  ['D10', 13, D10],
  ['D11', 8, D11],
  ['D12', 9, D12],
  ['D13', 11, D13],
  ['D14', 7, D14],
  ['D15', 8, D15],
  ['D16', 1, D16],
]
