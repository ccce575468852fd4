// Full lists of many objects, several at once, beside a bare server that sends the same bytes.
import { call } from '../api-client.mjs'
import { Child } from '../child.mjs'
import { median } from '../measure.mjs'
import { memoryOf, watchPeak } from '../process-memory.mjs'
import { ALL } from './objects.mjs'
import { row } from './row.mjs'
import { startServer } from './server.mjs'

const AT_ONCE = 10
const RISE_BYTES = 50e6
const TIMES = 2

/** @param {import('./index.mjs').Setting} setting */
export async function measureLists({ store, full, flags }) {
  const { child, port } = await startServer(store, full)
  const bare = new Child('servers/constant.mjs', ['http'])
  const load = new Child('load/client.mjs')
  try {
    await child.ask('usage', { gc: true })
    const field = store === 'lmdb' ? 'RssAnon' : 'VmRSS'
    const before = memoryOf(child.pid, field)
    const peak = watchPeak(child.pid, field)
    const answer = await call(port, 'GET', ALL)
    const barePort = await bare.ask('start')
    await bare.ask('serve', answer)
    const length = [answer.body.length, answer.body.length]
    const read = (at, count) => load.ask('once', { port: at, path: ALL, count, length })
    const [one, own, beside] = [[], [], []]
    await child.ask('loopDelay')
    for (let round = 0; round < flags.rounds; round++) {
      one.push((await read(port, 1)).secs)
      own.push((await read(port, AT_ONCE)).secs)
      beside.push((await read(barePort, AT_ONCE)).secs)
    }
    const [delay] = await child.ask('loopDelay')
    const title = `${AT_ONCE} lists of ${(length[0] / 1e6).toFixed(0)} MB at once`
    return [
      row('lists', store, 'one full list', median(one), 's'),
      row('lists', store, title, median(own), 's'),
      row('lists', store, `${title} from bare node:http`, median(beside), 's'),
      row('lists', store, `${title}, as long as from bare node:http`, median(own) / median(beside), 'times', TIMES),
      row('lists', store, `${title}, rise of memory`, peak() - before, 'MB', RISE_BYTES),
      row('lists', store, 'longest delay of the event loop meanwhile', delay.max, 'ms'),
    ]
  } finally {
    await load.stop()
    await bare.stop()
    await child.stop()
  }
}
