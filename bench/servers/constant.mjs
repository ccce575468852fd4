// One constant answer, whatever is asked, from bare node:http or bare Express: `constant.mjs http|express`. For watches
// the plainest server that can be: each event goes to each watcher by a `write` of its own.
import { createServer } from 'node:http'
import express from 'express'
import { answering, usage } from '../answering.mjs'

let constant = { status: 200, contentType: 'application/json', body: Buffer.alloc(0), eventBytes: 0 }
const watchers = new Set()

const senders = {
  http(_req, res) {
    res.writeHead(constant.status, { 'Content-Type': constant.contentType, 'Content-Length': constant.body.length })
    res.end(constant.body)
  },
  express(_req, res) {
    res.status(constant.status).setHeader('Content-Type', constant.contentType)
    res.send(constant.body)
  },
}
const send = senders[process.argv[2]]

function handle(req, res) {
  if (req.method !== 'GET') return readThenSend(req, res)
  if (constant.eventBytes > 0 && req.url.includes('watch=')) return watch(res)
  send(req, res)
}

function readThenSend(req, res) {
  const chunks = []
  req.on('data', (chunk) => chunks.push(chunk))
  req.on('end', () => {
    if (watchers.size > 0) publish(Buffer.concat(chunks))
    send(req, res)
  })
}

function watch(res) {
  res.writeHead(200, { 'Content-Type': 'application/json' })
  res.flushHeaders()
  watchers.add(res)
  res.on('close', () => watchers.delete(res))
}

/** Padded to the length of the API's events. */
function publish(object) {
  const line = Buffer.alloc(Math.max(constant.eventBytes, object.length + 29), ' ')
  const end = line.write('{"type":"ADDED","object":') + object.copy(line, 25)
  line.write('}', end)
  line.write('\n', line.length - 1)
  for (const res of watchers) res.write(line)
}

const app = express()
app.use(handle)
const server = createServer(process.argv[2] === 'express' ? app : handle)

async function start() {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server.address().port
}

answering({
  start,
  usage,
  serve: (answer) => {
    constant = { eventBytes: 0, ...answer, body: Buffer.from(answer.body) }
  },
})
