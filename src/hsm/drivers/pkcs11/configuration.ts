import type {Settings} from '../../../lib/config/settings.js'
import {PiError} from '../../../lib/errors.js'
import type {PasswordSources} from '../../contract.js'
import {findPassword} from '../../password.js'
import type {TokenOptions} from './token.js'

/**
 * Library and token as the configuration names them (spec/02 §3.4). `PI_HSM_MODULE_TOKEN_LABEL` and `_TOKEN_SERIAL` are
 * ours: they find the token whatever slot it is in.
 * @throws PiError CONFIG (no library named)
 */
export function tokenOptions(settings: Settings, {defaultSlot}: {defaultSlot: number}): Omit<TokenOptions, 'pin'> {
  const library = settings.path('PI_HSM_MODULE_MODULE')
  if (library === undefined) {
    throw new PiError('CONFIG', 'There is no PI_HSM_MODULE_MODULE in the configuration: the PKCS#11 library to use.', {
      hints: ["For example PI_HSM_MODULE_MODULE = '/usr/lib/softhsm/libsofthsm2.so'"],
    })
  }
  const tokenLabel = settings.text('PI_HSM_MODULE_TOKEN_LABEL')
  const tokenSerial = settings.text('PI_HSM_MODULE_TOKEN_SERIAL')
  const slotName = settings.text('PI_HSM_MODULE_SLOTNAME')
  const sessions = settings.integer('PI_HSM_MODULE_SESSIONS')
  return {
    library,
    selector: {slot: settings.integer('PI_HSM_MODULE_SLOT') ?? defaultSlot, tokenLabel, tokenSerial, slotName},
    ...(sessions !== undefined && {sessions}),
  }
}

/**
 * The user PIN: from a descriptor or file given with the command, else the configuration, else asked for.
 * @returns undefined when there is none
 */
export async function pinOf(settings: Settings, sources: PasswordSources): Promise<Buffer | undefined> {
  const {askPassword, ...known} = sources
  const given = await findPassword(known)
  const pin = given ?? settings.text('PI_HSM_MODULE_PASSWORD') ?? (await askPassword?.())
  return pin === undefined ? undefined : Buffer.from(pin, 'utf8')
}
