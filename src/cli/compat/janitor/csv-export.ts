import {decodeHex, encodeBase32} from '../../../lib/crypto/encodings.js'
import {decryptTokenSecret} from '../../../lib/crypto/secret-values.js'
import {PiError} from '../../../lib/errors.js'
import type {SecurityModule} from '../../../lib/security-module.js'
import type {TokenRecord} from '../../../lib/services/tokens/record.js'
import type {LegacyOutput} from './options.js'
import type {LegacyUsers} from './users.js'

/** `--action export --csv`: owner, serial, seed, type and digits of HOTP and TOTP tokens; not a format that can be read again. */
export class LegacyCsvExport {
  readonly #users: LegacyUsers
  readonly #security: SecurityModule
  readonly #base32: boolean
  readonly #output: LegacyOutput

  constructor(users: LegacyUsers, security: SecurityModule, base32: boolean, output: LegacyOutput) {
    this.#users = users
    this.#security = security
    this.#base32 = base32
    this.#output = output
  }

  /** @throws PiError REFUSED where the original fails: an owner who cannot be looked up */
  async token({token, info, owners}: TokenRecord): Promise<void> {
    if (token.tokentype !== 'hotp' && token.tokentype !== 'totp') return
    const seed = (await decryptTokenSecret(this.#security, {ciphertext: token.keyEnc, iv: token.keyIv})).toString(
      'utf8',
    )
    const key = this.#base32 ? decodeHex(seed) : undefined
    const fields = [
      await this.#owner(token.serial, owners[0]),
      token.serial,
      key ? encodeBase32(key) : seed,
      token.tokentype,
      String(token.otplen),
    ]
    if (token.tokentype === 'totp') fields.push(info.find((entry) => entry.key === 'timeStep')?.value ?? '30')
    this.#output.out(`${fields.join(', ')}\n`)
  }

  async #owner(serial: string, owner: TokenRecord['owners'][number] | undefined): Promise<string> {
    if (!owner) return 'n/a'
    const user = await this.#users.of(owner)
    if (user === 'failed') throw new PiError('REFUSED', `The owner of ${serial} cannot be looked up.`)
    return `${user.login}@${owner.realm ?? ''}`
  }
}
