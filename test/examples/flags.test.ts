import { describe, expect, test } from 'vitest'
import { FlagError, parseFlags, usage } from '../../examples/flags.js'

describe('flags', () => {
  test('without flags the sample server listens on 127.0.0.1:8080 with a temporary store', () => {
    expect(parseFlags([])).toEqual({
      help: false,
      example: 'sample-apiserver',
      host: '127.0.0.1',
      port: 8080,
    })
  })

  test('a value follows its flag or an equals sign', () => {
    expect(parseFlags(['--port', '0', '--data=./a=b']).port).toBe(0)
    expect(parseFlags(['--port', '0', '--data=./a=b']).data).toBe('./a=b')
  })

  test('several etcd servers are split at commas, below /registry unless told otherwise', () => {
    const servers = 'http://127.0.0.1:2379,https://[::1]:2380'
    const hosts = ['http://127.0.0.1:2379', 'https://[::1]:2380']
    expect(parseFlags(['--etcd-servers', servers]).etcd).toEqual({ hosts, prefix: '/registry' })
    expect(parseFlags(['--etcd-servers', servers, '--etcd-prefix', '/a/b']).etcd).toEqual({ hosts, prefix: '/a/b' })
  })

  test('workers are counted, and absent without their flag', () => {
    expect(parseFlags(['--etcd-servers', 'http://a:1', '--workers', '2']).workers).toBe(2)
    expect(parseFlags(['--etcd-servers', 'http://a:1'])).not.toHaveProperty('workers')
  })

  test('every flag is in the help text', () => {
    for (const name of ['port', 'host', 'data', 'etcd-servers', 'etcd-prefix', 'mount', 'workers', 'example', 'help'])
      expect(usage).toContain(`--${name}`)
    expect(parseFlags(['--help']).help).toBe(true)
  })

  test.each([
    [['--bogus'], 'unknown flag --bogus: --help lists the known ones'],
    [['--__proto__', 'x'], 'unknown flag --__proto__: --help lists the known ones'],
    [['8080'], 'unexpected argument "8080": flags begin with --'],
    [['--port'], '--port needs a value'],
    [['--port='], '--port needs a value'],
    [['--data', '--port', '1'], '--data needs a value'],
    [['--port', '1', '--port', '2'], '--port is given twice'],
    [['--port', '65536'], '--port "65536" is not a number from 0 to 65535'],
    [['--port', '-1'], '--port "-1" is not a number from 0 to 65535'],
    [['--port', '1e3'], '--port "1e3" is not a number from 0 to 65535'],
    [['--mount', 'behind'], '--mount "behind" is neither front nor use'],
    [['--etcd-servers', '127.0.0.1:2379'], 'is not a URL such as'],
    [['--etcd-servers', 'http://a:1,'], '--etcd-servers "" is not a URL such as'],
    [['--etcd-servers', 'http://a:1/x'], 'is not a URL such as'],
    [['--etcd-prefix', '/x'], '--etcd-prefix means nothing without --etcd-servers'],
    [['--etcd-servers', 'http://a:1', '--etcd-prefix', 'x'], '--etcd-prefix "x" is not a path such as /registry'],
    [['--etcd-servers', 'http://a:1', '--etcd-prefix', '/x/'], '--etcd-prefix "/x/" is not a path such as /registry'],
    [['--workers', '2'], '--workers needs --etcd-servers: the embedded store (LMDB) belongs to one process at a time'],
    [['--data', 'x', '--workers', '1'], '--workers needs --etcd-servers: the embedded store (LMDB)'],
    [['--etcd-servers', 'http://a:1', '--workers', '0'], '--workers "0" is not a number from 1 to 64'],
    [['--etcd-servers', 'http://a:1', '--workers', '65'], '--workers "65" is not a number from 1 to 64'],
    [['--etcd-servers', 'http://a:1', '--workers', '1.5'], '--workers "1.5" is not a number from 1 to 64'],
    [['--etcd-servers', 'http://a:1', '--data', 'x'], '--data and --etcd-servers exclude each other'],
  ])('%j is refused in one line', (args, message) => {
    const refused = () => parseFlags(args)
    expect(refused).toThrow(FlagError)
    expect(refused).toThrow(message)
    expect(refused).not.toThrow('\n')
  })
})
