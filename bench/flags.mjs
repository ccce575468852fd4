// The flags of `npm run bench`.

export const cases = [
  'get',
  'get256',
  'get0',
  'list',
  'listwrites',
  'create',
  'put',
  'patch',
  'update',
  'fresh',
  'watch',
]
export const parts = ['cache', 'fairness', 'lists', 'loop', 'ready', 'watchers', 'workers']
export const stores = ['lmdb', 'etcd']
export const mounts = ['front', 'use']

/** A flag that is unknown, or whose value is no good. Its message fits one line. */
export class FlagError extends Error {
  name = 'FlagError'
}

export const usage = `npm run bench -- [flags]          rates of the API beside bare servers and a bare client, and their floors
  --secs N              seconds of each measurement (3)
  --warm-up N           seconds before the first measurement of each case on each server (3)
  --rounds N            interleaved rounds, whose medians are printed (3)
  --only CASE[,CASE]    ${cases.slice(0, 6).join(', ')},
                        ${cases.slice(6).join(', ')} (all)
  --store STORE[,STORE] lmdb, etcd (both)
  --mount HOW[,HOW]     front, use (both)
  --conns N             connections with one request at a time each (256 of get256, 32 of other reads, 64 of writes)
  --watchers N          watchers that each event goes to (1000)
  --foreign             somebody else writes 1,000 other keys a second into the same etcd meanwhile
  --json                one JSON document instead of the table

npm run bench -- limits [flags]   memory, event loop, time to ready, CPU of several processes,
                                  one client beside another that floods, and their limits
  --only PART[,PART]    ${parts.join(', ')} (all)
  --objects N           objects of 1.27 kB in the store (100000)
  --watchers N          idle watchers (1000)
  --secs N, --rounds N, --store STORE[,STORE], --json

npm run bench -- soak [flags]     mixed load, and whether memory stays flat
  --minutes N | --secs N (60 s), --store STORE (lmdb), --mount HOW (front), --watchers N (10)

npm run bench -- routing --help   how fast routes are found`

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

const oneOf = (known) => (text, name) => {
  const names = namesOf(known)(text, name)
  if (names.length > 1) throw new FlagError(`soak takes one --${name} at a time`)
  return names
}

const secs = number(0.05, 3600, false)
const rounds = number(1, 99, true)
const watchers = number(1, 5000, true)
const switched = null

/** What each command reads, and what it takes where a flag is absent. */
const commands = {
  rates: {
    flags: {
      secs,
      'warm-up': number(0, 60, false),
      rounds,
      only: namesOf(cases),
      store: namesOf(stores),
      mount: namesOf(mounts),
      conns: number(1, 1000, true),
      watchers,
      foreign: switched,
      json: switched,
    },
    defaults: { secs: 3, 'warm-up': 3, rounds: 3, only: cases, store: stores, mount: mounts, watchers: 1000 },
  },
  limits: {
    flags: {
      secs,
      rounds,
      only: namesOf(parts),
      store: namesOf(stores),
      objects: number(100, 1_000_000, true),
      watchers,
      json: switched,
    },
    defaults: { secs: 10, rounds: 3, only: parts, store: stores, objects: 100_000, watchers: 1000 },
  },
  soak: {
    flags: {
      secs,
      minutes: number(0.01, 600, false),
      store: oneOf(stores),
      mount: oneOf(mounts),
      watchers,
    },
    defaults: { secs: 60, store: ['lmdb'], mount: ['front'], watchers: 10 },
  },
}

/**
 * @param {readonly string[]} args what follows the script's name
 * @throws {FlagError}
 */
export function parseFlags(args) {
  const command = args[0] === 'soak' || args[0] === 'limits' ? args[0] : 'rates'
  const { flags, defaults } = commands[command]
  const given = readFlags(command === 'rates' ? args : args.slice(1), command, flags)
  if (given.foreign) {
    if (given.store?.includes('lmdb')) throw new FlagError('--foreign is about etcd: nobody else writes into lmdb')
    given.store = ['etcd']
  }
  if ('minutes' in given) {
    if ('secs' in given) throw new FlagError('--minutes and --secs exclude each other')
    given.secs = given.minutes * 60
  }
  return { command, help: false, foreign: false, json: false, ...defaults, ...given }
}

function readFlags(args, command, known) {
  const given = {}
  for (let i = 0; i < args.length; i++) {
    const [flag, ...rest] = args[i].split('=')
    if (!flag.startsWith('--'))
      throw new FlagError(`unexpected argument ${JSON.stringify(args[i])}: flags begin with --`)
    const name = flag.slice(2)
    if (name === 'help' && rest.length === 0) return { help: true }
    checkKnown(name, command, known)
    if (name in given) throw new FlagError(`--${name} is given twice`)
    const read = known[name]
    if (read === switched) {
      if (rest.length > 0) throw new FlagError(`--${name} takes no value`)
      given[name] = true
      continue
    }
    const value = rest.length > 0 ? rest.join('=') : args[++i]
    if (!value || value.startsWith('--')) throw new FlagError(`--${name} needs a value`)
    given[name] = read(value, name)
  }
  return given
}

function checkKnown(name, command, known) {
  if (Object.hasOwn(known, name)) return
  const elsewhere = Object.values(commands).some(({ flags }) => Object.hasOwn(flags, name))
  throw new FlagError(
    elsewhere ? `--${name} means nothing to ${command}` : `unknown flag --${name}: --help lists the known ones`,
  )
}
