import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'

/** Somebody who works in the shop. */
interface Staff {
  readonly name: string
  readonly groups: readonly string[]
}

declare global {
  namespace Express {
    interface Request {
      user?: Staff
    }
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const clerk: Staff = { name: 'clerk', groups: ['staff'] }
const credentials = digest('clerk:tea')

/** The login that the app has anyway (HTTP Basic, RFC 7617): it says who a request is of, and leaves strangers strangers. */
export const login: RequestHandler = (req, res, next) => {
  const given = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(req.headers.authorization ?? '')?.[1]
  if (given === undefined) return next()
  if (!timingSafeEqual(digest(Buffer.from(given, 'base64').toString()), credentials)) {
    res.status(401).send('who are you?')
    return
  }
  req.user = clerk
  next()
}
