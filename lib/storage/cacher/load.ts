import { backgroundContext } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { takeTurn } from '../../runtime/turns.js'
import type { KeyValue } from '../kv/types.js'
import type { Backing } from '../store/backing.js'

const PAGE = 1_000

/** All objects below a prefix as they stand at one revision, page by page: other work gets its turn in between. */
export async function loadAll<T extends KubeObject>(
  backing: Backing<T>,
  prefix: string,
  open: (kv: KeyValue) => StoredObject<T>,
): Promise<{ readonly objects: readonly StoredObject<T>[]; readonly revision: number }> {
  const ctx = backgroundContext()
  const objects: StoredObject<T>[] = []
  let start = prefix
  let revision = 0
  for (;;) {
    const page = await backing.kv.range(ctx, prefix, { start, revision, limit: PAGE })
    revision = page.revision
    for (const kv of page.items) objects.push(open(kv))
    if (!page.more) return { objects, revision }
    start = `${page.items.at(-1)!.key}\0`
    await takeTurn()
  }
}
