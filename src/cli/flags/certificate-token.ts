import {Flags} from '@oclif/core'
import {readSecretFile} from '../secret-input.js'
import type {TokenWishes} from '../../lib/services/ca/tokens.js'

/** What a new certificate token may be given. */
export const certificateToken = {
  description: Flags.string({description: 'description of the token', helpValue: 'TEXT'}),
  'pin-file': Flags.string({
    description: 'first line of this file: PIN of the token, which is kept readable, as password of PKCS#12 files',
    helpValue: 'FILE',
  }),
  realm: Flags.string({description: 'realm of the user (default: the default realm)', helpValue: 'REALM'}),
  serial: Flags.string({description: 'serial of the token (default: a new one)', helpValue: 'SERIAL'}),
  'token-realm': Flags.string({description: 'further realm of the token', helpValue: 'REALM', multiple: true}),
  user: Flags.string({description: 'login of the owner', helpValue: 'LOGIN'}),
}

/** The flags as the service takes them. */
export function tokenWishes(flags: {
  description?: string | undefined
  'pin-file'?: string | undefined
  realm?: string | undefined
  serial?: string | undefined
  'token-realm'?: string[] | undefined
  user?: string | undefined
}): TokenWishes {
  const {description, realm, serial, user} = flags
  const pin = flags['pin-file']
  return {
    description,
    serial,
    realms: flags['token-realm'],
    user: user === undefined ? undefined : {login: user, realm},
    pin: pin === undefined ? undefined : readSecretFile(pin),
  }
}
