import type { UserInfo } from '../../meta/context.js'
import { boolean, object, string, strings, struct } from '../../openapi/index.js'
import type { JSONSchema } from '../../runtime/index.js'
import { extraOfUser } from '../user-extra.js'

export const AUTHENTICATION_GROUP = 'authentication.k8s.io'

/** The definition name of a type of authentication.k8s.io/v1. */
export const authenticationName = (type: string): string => `io.k8s.api.authentication.v1.${type}`

const name = authenticationName

/** All types of the group besides the kinds. */
export const authenticationDefinitions: Readonly<Record<string, JSONSchema>> = {
  [name('SelfSubjectReviewStatus')]: object('Who asks.', {
    userInfo: struct(name('UserInfo'), 'The user who asks, or as whom somebody asks.'),
  }),
  [name('TokenReviewSpec')]: object('The token in question.', {
    audiences: strings('For whom the token must be good, at least for one of them. Default: this server.'),
    token: string('The bearer token.'),
  }),
  [name('TokenReviewStatus')]: object('Whose token it is.', {
    audiences: strings('For whom of those asked for the token is good.'),
    authenticated: boolean('Whether the token is good.'),
    error: string('Why it could not be found out.'),
    user: struct(name('UserInfo'), 'The user whose token it is.'),
  }),
  [name('UserInfo')]: object('A user, as authentication knows one.', {
    extra: extraOfUser('Further properties.'),
    groups: strings('The groups that the user is in.'),
    uid: string('Tells apart users who have had one name one after the other.'),
    username: string('The name.'),
  }),
}

/** A user as the wire has one. */
export const wireUserInfo = ({ name: username, uid, groups, extra }: UserInfo): Record<string, unknown> => ({
  ...(username === '' ? {} : { username }),
  ...(uid ? { uid } : {}),
  ...(groups.length > 0 ? { groups } : {}),
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
})
