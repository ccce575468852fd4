// The load, in a process of its own: connections with one request at a time each, which go round a list of URLs.
import { answering } from '../answering.mjs'
import { Connection } from '../load/connection.mjs'
import { requestsOf } from './routes.mjs'

const OK = 200

/** @returns {Promise<number>} how many answers came */
async function drive({ port, secs, connections, routes }) {
  const urls = routes === 0 ? ['/hello'] : requestsOf(routes, ({ method }) => method === 'GET').map(({ url }) => url)
  const texts = urls.map((url) => Buffer.from(`GET ${url} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`))
  const run = { next: 0, answers: 0, over: false }
  const lanes = Array.from({ length: connections }, () => lane(run, port, texts))
  const failed = Promise.all(lanes).then(() => undefined)
  await Promise.race([failed, pause(secs)])
  run.over = true
  await failed
  return run.answers
}

function lane(run, port, texts) {
  return new Promise((resolve, reject) => {
    const ask = () => connection.send(texts[run.next++ % texts.length], false)
    const fail = (error) => {
      run.over = true
      connection.end()
      reject(error)
    }
    const onAnswer = (status) => {
      if (status !== OK) return fail(new Error(`answered ${status}, not ${OK}`))
      run.answers++
      if (!run.over) return ask()
      connection.end()
      resolve()
    }
    const connection = new Connection(port, onAnswer, fail)
    ask()
  })
}

const pause = (secs) => new Promise((resolve) => setTimeout(resolve, secs * 1000))

answering({ drive })
