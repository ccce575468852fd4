// The flags of `npm run bench`.

export const cases = ['get', 'get0', 'list', 'create', 'put', 'patch', 'watch']
export const stores = ['lmdb', 'etcd']
export const mounts = ['front', 'use']

/** A flag that is unknown, or whose value is no good. Its message fits one line. */
export class FlagError extends Error {
  name = 'FlagError'
}

export const usage = `npm run bench -- [flags]          rates of the API beside a constant answer of the same bytes
npm run bench -- soak [flags]     mixed load, and whether memory stays flat
npm run bench -- routing --help   how fast routes are found
  --secs N              seconds of each measurement (2), of the soak (60)
  --only CASE[,CASE]    ${cases.join(', ')} (all)
  --store STORE[,STORE] lmdb, etcd (both; soak: lmdb)
  --mount HOW[,HOW]     front, use (both; soak: front)
  --rounds N            interleaved rounds, whose medians are printed (3)
  --conns N             connections with one request at a time each (32)
  --watchers N          watchers that each event goes to (100)
  --json                one JSON document instead of the table
  --help                this text`

const number = (min, max, whole) => (text, name) => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value)))
    throw new FlagError(
      `--${name} ${JSON.stringify(text)} is not a ${whole ? 'whole ' : ''}number from ${min} to ${max}`,
    )
  return value
}

const namesOf = (known) => (text, name) => {
  const names = text.split(',')
  const odd = names.find((one) => !known.includes(one))
  if (odd !== undefined) throw new FlagError(`--${name} ${JSON.stringify(odd)} is none of ${known.join(', ')}`)
  return known.filter((one) => names.includes(one))
}

const valued = new Map([
  ['secs', number(0.05, 3600, false)],
  ['only', namesOf(cases)],
  ['store', namesOf(stores)],
  ['mount', namesOf(mounts)],
  ['rounds', number(1, 99, true)],
  ['conns', number(1, 1000, true)],
  ['watchers', number(1, 5000, true)],
])

/** What the table alone has a use for. */
const tableOnly = ['only', 'rounds', 'conns', 'json']

const defaults = {
  table: { secs: 2, only: cases, store: stores, mount: mounts, rounds: 3, conns: 32, watchers: 100, json: false },
  soak: { secs: 60, store: ['lmdb'], mount: ['front'], watchers: 10 },
}

/**
 * @param {readonly string[]} args what follows the script's name
 * @throws {FlagError}
 */
export function parseFlags(args) {
  const command = args[0] === 'soak' ? 'soak' : 'table'
  const given = readFlags(command === 'soak' ? args.slice(1) : args)
  if (command === 'soak') {
    for (const name of tableOnly) if (name in given) throw new FlagError(`--${name} means nothing to soak`)
    for (const name of ['store', 'mount'])
      if (given[name]?.length > 1) throw new FlagError(`soak takes one --${name} at a time`)
  }
  return { command, help: false, ...defaults[command], ...given }
}

function readFlags(args) {
  const given = {}
  for (let i = 0; i < args.length; i++) {
    const [flag, ...rest] = args[i].split('=')
    if (!flag.startsWith('--'))
      throw new FlagError(`unexpected argument ${JSON.stringify(args[i])}: flags begin with --`)
    const name = flag.slice(2)
    const read = valued.get(name)
    if (name in given) throw new FlagError(`--${name} is given twice`)
    if (read) {
      const value = rest.length > 0 ? rest.join('=') : args[++i]
      if (!value || value.startsWith('--')) throw new FlagError(`--${name} needs a value`)
      given[name] = read(value, name)
    } else if ((name === 'json' || name === 'help') && rest.length === 0) given[name] = true
    else throw new FlagError(`unknown flag ${flag}: --help lists the known ones`)
  }
  return given
}
