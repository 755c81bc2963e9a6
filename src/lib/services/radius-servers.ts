import {sealedMark} from '../config-objects/contract.js'
import {radiusServer} from '../config-objects/kinds/radius-server.js'
import {decryptValue} from '../crypto/secret-values.js'
import type {Database} from '../db/database.js'
import {radiusLogin, type RadiusVerdict} from '../net/radius-login.js'
import type {SecurityModule} from '../security-module.js'

/** The RADIUS servers of the installation (spec/11 §G2). */
export class RadiusServers {
  readonly #db: Database
  readonly #security: SecurityModule

  constructor(db: Database, security: SecurityModule) {
    this.#db = db
    this.#security = security
  }

  /**
   * Lets a server check a password.
   * @param options.nasIdentifier the setting `radius.nas_identifier`
   * @returns undefined when there is no server of that name
   * @throws PiError UNAVAILABLE, INTEGRITY (the secret does not decrypt)
   */
  async login(
    name: string,
    {user, password, nasIdentifier}: {user: string; password: string; nasIdentifier: string | undefined},
  ): Promise<RadiusVerdict | undefined> {
    const found = (await radiusServer.list(this.#db)).get(name)
    if (!found) return undefined
    const secret = found.secret.startsWith(sealedMark)
      ? await decryptValue(this.#security, found.secret.slice(sealedMark.length))
      : found.secret
    const {server, port, timeout, retries, enforceMessageAuthenticator = false} = found
    return radiusLogin(
      {
        server,
        port,
        secret,
        timeout,
        retries,
        requiresMessageAuthenticator: enforceMessageAuthenticator,
        nasIdentifier: nasIdentifier || 'privacyIDEA',
      },
      user,
      password,
    )
  }
}
