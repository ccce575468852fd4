// One read on each of some connections, all at once.
import { performance } from 'node:perf_hooks'
import { Connection } from './connection.mjs'
import { request } from './requests.mjs'

/**
 * @param {{ port: number, path: string, count: number, length: [number, number] }} job
 * @returns the seconds until the last answer was complete
 */
export async function once({ port, path, count, length: [shortest, longest] }) {
  const since = performance.now()
  const read = () =>
    new Promise((resolve, reject) => {
      const onAnswer = (status, length) => {
        connection.end()
        if (status === 200 && length >= shortest && length <= longest) resolve()
        else reject(new Error(`${path} was answered ${status} with ${length} bytes`))
      }
      const connection = new Connection(port, onAnswer, reject)
      connection.send(request('GET', path))
    })
  await Promise.all(Array.from({ length: count }, read))
  return { secs: (performance.now() - since) / 1000 }
}
