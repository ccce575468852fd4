// What each connection of a load asks, one request after the other. All texts are latin1.

const OK = 200
const CREATED = 201

/** One name for all writers: Kubernetes notes who wrote which field, by the name in front of the slash. */
export const USER_AGENT = 'bench/1'
const HOST = `Host: 127.0.0.1\r\nUser-Agent: ${USER_AGENT}\r\n`

const getAs = (token, path) => `GET ${path} HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n\r\n`

export const request = (method, path, body, contentType = 'application/json') =>
  body === undefined
    ? `${method} ${path} HTTP/1.1\r\n${HOST}\r\n`
    : `${method} ${path} HTTP/1.1\r\n${HOST}Content-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** A flunder of about a kilobyte, unless `pad` says otherwise. */
export function flunder(name, { resourceVersion, n = '', pad = 700 } = {}) {
  const metadata = { name, resourceVersion, annotations: { n, pad: 'x'.repeat(pad) } }
  return JSON.stringify({ apiVersion: 'wardle.example.com/v1alpha1', kind: 'Flunder', metadata, spec: {} })
}

let created = 0

/**
 * Makes the requests of one connection: `next` gets the body of the answer before when that was to be collected.
 *
 * @typedef {object} Asked
 * @property {string | Buffer} text
 * @property {number} status that the answer must have
 * @property {boolean} [collect] whether the next call wants the body
 * @property {boolean} [part] not counted for itself: the clock goes on until the next answer
 * @type {Record<string, (lane: { path: string, token?: string, name?: string, names?: string | string[] }) => (body?: Buffer) => Asked>}
 */
export const requests = {
  read({ path, token }) {
    const text = token === undefined ? request('GET', path) : getAs(token, path)
    const asked = { text: Buffer.from(text, 'latin1'), status: OK }
    return () => asked
  },

  create({ path, names }) {
    return () => {
      const body = flunder(`${names}${created++}`)
      return { text: request('POST', path, body), status: CREATED }
    }
  },

  /** Replaces an object as a controller does: with the resourceVersion of the answer before. */
  put({ path, name }) {
    const item = `${path}/${name}`
    let n = 0
    return (body) => {
      if (!body) return { text: request('GET', item), status: OK, collect: true }
      const object = flunder(name, { resourceVersion: resourceVersionOf(body), n: String(n++) })
      return { text: request('PUT', item, object), status: OK, collect: true }
    }
  },

  /** What a controller does to an object that it has not read before. */
  update({ path, name }) {
    const item = `${path}/${name}`
    const get = { text: request('GET', item), status: OK, collect: true, part: true }
    let n = 0
    return (body) => {
      if (!body) return get
      const object = flunder(name, { resourceVersion: resourceVersionOf(body), n: String(n++) })
      return { text: request('PUT', item, object), status: OK }
    }
  },

  patch({ path, name }) {
    let n = 0
    return () => patchOf(`${path}/${name}`, String(n++))
  },

  /** Patches objects by turns. */
  patchMany({ path, names }) {
    let n = 0
    return () => patchOf(`${path}/${names[n % names.length]}`, String(n++))
  },

  /** A read that begins after a write was acknowledged must show it. */
  fresh({ path, name }) {
    const item = `${path}/${name}`
    const get = { text: request('GET', item), status: OK, collect: true }
    let n = Date.now()
    let written = false
    return (body) => {
      if (body && !body.includes(`"n":"${n}"`))
        throw new Error(`a read of ${name} did not show what was written before`)
      written = !written
      return written ? { ...patchOf(item, String(++n)), part: true } : get
    }
  },

  /** Creates and deletes by turns, so that nothing piles up. */
  churn({ path, name }) {
    let there = false
    return () => {
      there = !there
      if (!there) return { text: request('DELETE', `${path}/${name}`), status: OK }
      return { text: request('POST', path, flunder(name)), status: CREATED }
    }
  },
}

const patchOf = (item, n) => ({
  text: request('PATCH', item, `{"metadata":{"annotations":{"n":"${n}"}}}`, 'application/merge-patch+json'),
  status: OK,
})

function resourceVersionOf(body) {
  const found = /"resourceVersion":"(\d+)"/.exec(body.latin1Slice())?.[1]
  if (found === undefined) throw new Error('an answer without resourceVersion')
  return found
}
