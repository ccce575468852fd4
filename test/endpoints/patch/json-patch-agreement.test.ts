import fastJSONPatch, { type Operation } from 'fast-json-patch'
import { describe, expect, it } from 'vitest'
import { applyJSONPatch } from '../../../lib/endpoints/patch/json-patch.js'
import { seededRandom } from '../../runtime/json/random-json.js'
import { randomOperation, smallDocument } from './random-patch.js'

const REFUSED = Symbol('refused')

function ours(document: unknown, patch: readonly Operation[]): unknown {
  try {
    return applyJSONPatch(structuredClone(document), patch)
  } catch {
    return REFUSED
  }
}

function theirs(document: unknown, patch: readonly Operation[]): unknown {
  try {
    return fastJSONPatch.applyPatch(structuredClone(document), structuredClone([...patch]), true).newDocument
  } catch {
    return REFUSED
  }
}

const ROOT = ''

/**
 * Where the two differ on purpose. fast-json-patch adds, moves and copies whole documents, takes a document away whole (leaving null), moves one into itself
 * (making a circle), inserts beyond the end of a list by move and copy, and puts what is not there to the root; RFC 6902
 * allows none of it. Kubernetes, and so this server, lets `replace` add a missing member, and `test` find null there.
 */
function differs(document: unknown, operation: Operation): boolean {
  const { op, path } = operation
  if (path === ROOT && op !== 'test') return true
  if (op === 'move' || op === 'copy') {
    const { from } = operation
    const itself = op === 'move' && path.startsWith(`${from}/`)
    return from === ROOT || itself || !isThere(document, from) || beyondEnd(document, operation)
  }
  return op !== 'remove' && op !== 'add' && !isThere(document, path)
}

const isThere = (document: unknown, path: string): boolean => theirs(document, [{ op: 'remove', path }]) !== REFUSED

/** Whether the same place would refuse an `add`. */
function beyondEnd(document: unknown, operation: Operation): boolean {
  const rest = operation.op === 'move' ? theirs(document, [{ op: 'remove', path: operation.from }]) : document
  return rest !== REFUSED && theirs(rest, [{ op: 'add', path: operation.path, value: 0 }]) === REFUSED
}

describe('a JSON patch', () => {
  it('has the result that fast-json-patch has, or is refused by both', () => {
    const random = seededRandom(6902)
    const seen = { applied: 0, refused: 0 }
    for (let round = 0; round < 1200; round++) {
      const start = smallDocument(random)
      const patch: Operation[] = []
      let document = start
      for (let step = 0; step < 6; step++) {
        const operation = randomOperation(random, document)
        if (differs(document, operation)) continue
        const result = ours(document, [operation])
        const what = `${JSON.stringify(operation)} on ${JSON.stringify(document)}`
        expect(result, what).toStrictEqual(theirs(document, [operation]))
        seen[result === REFUSED ? 'refused' : 'applied']++
        if (result === REFUSED) continue
        document = result
        patch.push(operation)
      }
      expect(ours(start, patch), JSON.stringify({ start, patch })).toStrictEqual(document)
    }
    expect(seen.applied).toBeGreaterThan(3000)
    expect(seen.refused).toBeGreaterThan(30)
  })
})
