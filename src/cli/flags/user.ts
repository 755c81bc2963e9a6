import {Args, Flags} from '@oclif/core'
import type {NamedUser} from '../../lib/services/accounts/index.js'

/** The argument of commands about one user; used as `args = userArg`. */
export const userArg = {
  user: Args.string({description: 'LOGIN, or LOGIN@REALM; not needed with --uid', ignoreStdin: true}),
}

/** How else a user is named; used as `flags = {...userFlags}` together with `namedUser`. */
export const userFlags = {
  realm: Flags.string({description: 'realm of the user (default: the default realm)', helpValue: 'REALM'}),
  resolver: Flags.string({description: 'resolver of the user', helpValue: 'NAME'}),
  uid: Flags.string({
    dependsOn: ['resolver'],
    description: 'id in the resolver, also of a user who is gone',
    helpValue: 'ID',
  }),
}

export function namedUser(
  {user}: {user?: string | undefined},
  {realm, resolver, uid}: {realm?: string | undefined; resolver?: string | undefined; uid?: string | undefined},
): NamedUser {
  return {login: user, realm, resolver, userId: uid}
}
