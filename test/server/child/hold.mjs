// Opens many connections to a port, says nothing on them and holds them; tells how many are open whenever that changes.
import { connect } from 'node:net'

const [port, count] = process.argv.slice(2).map(Number)
/** So many newer connections as make an older one go shall take longer to come than a slow client takes to ask. */
const PAUSE_MS = 30

let open = 0
let closed = 0
let told = ''
const tell = () => {
  const line = `${open} open, ${closed} closed\n`
  if (line !== told) process.stdout.write(line)
  told = line
}
setInterval(tell, 20)
for (let i = 0; i < count; i++) {
  const socket = connect({ port, host: '127.0.0.1' })
  let connected = false
  socket.once('connect', () => {
    connected = true
    open++
  })
  socket.resume().on('error', () => {})
  socket.once('close', () => {
    closed++
    if (connected) open--
  })
  if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}
