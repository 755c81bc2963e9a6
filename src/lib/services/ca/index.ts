import type {CaConnector, CaEnv, CrlResult, SignOptions, SignResult} from '../../ca/contract.js'
import {caKind} from '../../ca/registry.js'
import {requireReason} from '../../ca/shared/reasons.js'
import type {Signer} from '../../ca/shared/signature.js'
import type {Database, Row} from '../../db/database.js'
import {alreadyExists, notFound, PiError} from '../../errors.js'
import {DatabaseLock} from '../../jobs/lock.js'
import type {ConfigObjectService} from '../config-objects.js'

/** A connector as the database has it. */
export interface CaDocument {
  name: string
  type: string
  settings: Record<string, string>
}

/** Where the passphrase of a CA key, or the PIN of its token, comes from. */
export interface PassphraseSource {
  /** Given with the command. */
  given?: (() => string) | undefined
  /** Asks a person. */
  ask?: ((what: string) => Promise<string>) | undefined
}

export interface CaServiceOptions {
  db: Database
  configObjects: ConfigObjectService
  /** Relative names in settings are taken from here. */
  directory: string
  env: (name: string) => string | undefined
  warn: (message: string) => void
  /** Opens a key in a PKCS#11 token. */
  openDeviceKey: (
    uri: string,
    pin: {known: string | undefined; ask: (what: string) => Promise<string>},
  ) => Promise<Signer>
  now?: () => Date
}

export interface UseOptions {
  passphrase?: PassphraseSource
  /** Seconds to wait for another run on the same CA. */
  waitSeconds?: number
}

const kindName = 'ca-connector'

/** Certificate authorities: their connectors in the database, and what is asked of them. */
export class CaService {
  readonly #options: CaServiceOptions

  constructor(options: CaServiceOptions) {
    this.#options = options
  }

  /** All connectors, secrets as `__CENSORED__`. */
  async list(): Promise<CaDocument[]> {
    const [objects] = (await this.#options.configObjects.read({kinds: [kindName], form: 'censored'})).values()
    return [...(objects ?? [])].map(([name, document]) => documentOf(name, document))
  }

  /** One connector, by name whatever its case; secrets censored. @throws PiError NOT_FOUND */
  async get(name: string): Promise<CaDocument> {
    const found = (await this.list()).find((ca) => ca.name.toLowerCase() === name.toLowerCase())
    if (found) return found
    throw notFound('CA connector', name, 'pi-manage ca list')
  }

  /** @throws PiError ALREADY_EXISTS, INVALID_INPUT (name) */
  async requireNew(name: string): Promise<void> {
    if (!/^[A-Za-z0-9_\-.]+$/.test(name)) {
      throw new PiError('INVALID_INPUT', `'${name}' cannot be the name of a CA connector.`, {
        hints: ['Letters, digits, underscores, hyphens and dots'],
      })
    }
    if ((await this.list()).some((ca) => ca.name.toLowerCase() === name.toLowerCase())) {
      throw alreadyExists('CA connector', name, 'See pi-manage ca list')
    }
  }

  /** Saves a new connector. @returns its id @throws PiError ALREADY_EXISTS, INVALID_INPUT, CONFIG (type, settings) */
  async add({name, type, settings}: CaDocument): Promise<number> {
    await this.requireNew(name)
    const {required} = await caKind(type)
    const missing = required.filter((key) => !settings[key])
    if (missing.length > 0) {
      throw new PiError('CONFIG', `A CA connector of type ${type} needs ${missing.join(', ')}.`)
    }
    const {configObjects, db} = this.#options
    await configObjects.apply([{change: 'create', document: {settings, type}, fields: [], kind: kindName, name}])
    const row = await db.k<Row>('caconnector').where({name}).first('id')
    return Number(row?.['id'])
  }

  /**
   * Deletes a connector; the folder of a local CA stays.
   * @param options.force also when certificate tokens name it, which then cannot be revoked any more
   * @throws PiError NOT_FOUND, REFUSED
   */
  async delete(name: string, {force = false} = {}): Promise<CaDocument> {
    const ca = await this.requireDeletable(name, {force})
    await this.#options.configObjects.remove(kindName, ca.name)
    return ca
  }

  /** Whether {@link delete} would. @throws PiError NOT_FOUND, REFUSED */
  async requireDeletable(name: string, {force = false} = {}): Promise<CaDocument> {
    const ca = await this.get(name)
    const tokens = await this.#options.db.k<Row>('tokeninfo').where({Key: 'CA', Value: ca.name}).select('id')
    if (tokens.length === 0 || force) return ca
    throw new PiError('REFUSED', `${tokens.length} certificate tokens are of the CA ${ca.name}.`, {
      hints: ['They can no longer be revoked without it; delete it all the same with --force'],
    })
  }

  /** Makes the CRL when it is due, or with `force`; on one node at a time. @throws PiError as CaConnector.createCrl */
  async createCrl(name: string, {force, ...use}: UseOptions & {force: boolean}): Promise<CrlResult & {ca: string}> {
    return this.change(name, 'create CRL', use, async (connector, ca) => {
      if (!connector.createCrl) {
        throw new PiError('REFUSED', `The CA ${ca.name} is of type ${ca.type}, which makes its CRL itself.`)
      }
      return {ca: ca.name, ...(await connector.createCrl({force}))}
    })
  }

  /** Has a request signed. @param request PEM or DER @throws PiError as CaConnector.sign */
  async issue(name: string, request: string, options: SignOptions & UseOptions): Promise<SignResult & {ca: string}> {
    return this.change(name, 'issue', options, async (connector, ca) => ({
      ca: ca.name,
      ...(await connector.sign(request, options)),
    }))
  }

  /**
   * Revokes a certificate, and makes a new CRL where the CA leaves that to us.
   * @param options.crl false: only revoke
   */
  async revoke(
    name: string,
    serial: string,
    {reason, crl = true, ...use}: UseOptions & {reason: string; crl?: boolean},
  ): Promise<{ca: string; serial: string; reason: string; crl?: string}> {
    const word = requireReason(reason)
    if (!/^[0-9A-Fa-f]+$/.test(serial)) {
      throw new PiError('INVALID_INPUT', `'${serial}' is no serial number: they are hexadecimal here.`)
    }
    return this.change(name, 'revoke', use, async (connector, ca) => {
      const revoked = await connector.revoke(serial, word)
      const made = crl ? await connector.createCrl?.({force: true}) : undefined
      return {ca: ca.name, serial: revoked, reason: word, ...(made && {crl: made.crl})}
    })
  }

  /** Opens a connector for reading. */
  async use<R>(
    name: string,
    work: (connector: CaConnector, ca: CaDocument) => Promise<R>,
    {passphrase}: UseOptions = {},
  ): Promise<R> {
    const ca = await this.get(name)
    const connector = await this.#open(ca, passphrase)
    try {
      return await work(connector, ca)
    } finally {
      await connector.close()
    }
  }

  /** Opens a connector for work that changes something there: alone among all nodes. @throws PiError LOCKED */
  async change<R>(
    name: string,
    what: string,
    {waitSeconds = 10, ...options}: UseOptions,
    work: (connector: CaConnector, ca: CaDocument) => Promise<R>,
  ): Promise<R> {
    return this.use(
      name,
      async (connector, ca) => {
        const lock = await DatabaseLock.acquire(this.#options.db, {
          name: `ca.${ca.name.toLowerCase()}`,
          work: `ca ${what} ${ca.name}`,
          waitSeconds,
        })
        try {
          return await work(connector, ca)
        } finally {
          await lock.release()
        }
      },
      options,
    )
  }

  /** Opens a connector that is not saved, to look what it reaches. */
  async tryOut<R>(
    {type, settings}: Omit<CaDocument, 'name'>,
    work: (connector: CaConnector) => Promise<R>,
  ): Promise<R> {
    const connector = await (await caKind(type)).open(this.#envOf(settings))
    try {
      return await work(connector)
    } finally {
      await connector.close()
    }
  }

  async #open(ca: CaDocument, passphrase: PassphraseSource | undefined): Promise<CaConnector> {
    const kind = await caKind(ca.type)
    const clear = await this.#options.configObjects.get(kindName, ca.name, 'clear')
    return kind.open(this.#envOf(documentOf(ca.name, clear).settings, passphrase))
  }

  #envOf(settings: Record<string, string>, {given, ask}: PassphraseSource = {}): CaEnv {
    const {directory, env, openDeviceKey, now = () => new Date(), warn} = this.#options
    const stored = settings['cakey_password']
    const fallback = async (what: string) => {
      if (ask) return ask(what)
      throw new PiError('UNAVAILABLE', `${what}: there is nobody to ask.`)
    }
    const known = () => given?.() ?? (stored === undefined || stored === '' ? undefined : stored)
    return {
      settings,
      directory,
      env,
      now,
      warn,
      passphrase: async (what) => known() ?? fallback(what),
      openDeviceKey: (uri) => openDeviceKey(uri, {known: known(), ask: fallback}),
    }
  }
}

function documentOf(name: string, document: Record<string, unknown>): CaDocument {
  return {
    name,
    type: String(document['type']),
    settings: {...(document['settings'] as Record<string, string> | undefined)},
  }
}
