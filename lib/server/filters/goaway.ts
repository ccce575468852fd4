import type { Http2ServerRequest } from 'node:http2'
import type { Filter } from '../handler-chain.js'

/**
 * Ends an HTTP/2 connection now and then, after the requests on it, so that clients behind a load balancer spread anew
 * over several servers (a kube-apiserver's `--goaway-chance`).
 *
 * @param chance of each request, 0 to 0.02
 * @throws RangeError for any other chance
 */
export function withProbabilisticGoaway(chance: number, random: () => number = Math.random): Filter {
  if (!(chance >= 0 && chance <= MAX_CHANCE))
    throw new RangeError(`goawayChance ${chance} is not from 0 to ${MAX_CHANCE}`)
  return (ctx, next) => {
    if (ctx.request.httpVersionMajor === 2 && random() < chance) {
      const { session } = (ctx.request as unknown as Http2ServerRequest).stream
      if (session && !session.closed) session.close()
    }
    return next()
  }
}

const MAX_CHANCE = 0.02
