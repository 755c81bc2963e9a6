import {createPrivateKey, createPublicKey, generateKeyPair} from 'node:crypto'
import {existsSync} from 'node:fs'
import {readFile, stat} from 'node:fs/promises'
import {promisify} from 'node:util'
import {editConfig, type ConfigEdit} from '../../config/edit.js'
import type {Settings} from '../../config/settings.js'
import {randomAlphanumeric} from '../../crypto/random.js'
import type {Database, Row} from '../../db/database.js'
import {PiError, reasonOf} from '../../errors.js'
import {attributesOf, removeFile, replaceByName, replaceFile, writeNewFile} from '../../files/durable.js'
import {addGeneration, generationsPath, keyFingerprint, readGenerations} from '../../audit/generations.js'

export interface SiteKeyReport {
  /** Key pair that signs audit rows and responses. */
  audit: {
    publicFile: string | null
    fingerprint: string | null
    bits: number | null
    ageDays: number | null
    earlier: number
  }
  secretKey: {set: boolean; length: number | null}
  pepper: {set: boolean; length: number | null; previous: number}
}

export interface RotatedAuditKey {
  fingerprint: string
  previous: string
  /** Rows up to this id were signed with the previous key. */
  lastId: number
  generationsFile: string
}

interface SiteKeyOptions {
  settings: Settings
  auditDatabase: () => Promise<Database>
}

const comment = 'Set by pi-manage keys rotate'

/** The keys of an installation apart from those that encrypt: audit key pair, JWT secret, pepper. */
export class SiteKeyService {
  readonly #options: SiteKeyOptions

  constructor(options: SiteKeyOptions) {
    this.#options = options
  }

  /**
   * Makes a new audit key pair and keeps the public key of the old one with the range of rows that it signed. A run that
   * was cut off is completed by the next.
   * @throws PiError CONFIG, INTEGRITY (the pair does not belong together), UNAVAILABLE
   */
  async rotateAudit(bits: number): Promise<RotatedAuditKey> {
    const {settings, auditDatabase} = this.#options
    const [privateFile, publicFile, generationsFile] = [
      requiredPath(settings, 'PI_AUDIT_KEY_PRIVATE'),
      requiredPath(settings, 'PI_AUDIT_KEY_PUBLIC'),
      generationsPath(settings) ?? '',
    ]
    const [newPrivate, newPublic] = [`${privateFile}.next`, `${publicFile}.next`]
    const oldPem = await this.#presentPair(privateFile, publicFile, newPublic)
    if (!existsSync(newPrivate)) {
      await removeFile(newPublic)
      const pair = await promisify(generateKeyPair)('rsa', {modulusLength: bits, publicExponent: 65_537})
      const attributes = await attributesOf(privateFile)
      await writeNewFile(
        newPublic,
        pair.publicKey.export({format: 'pem', type: 'spki'}),
        await attributesOf(publicFile),
      )
      // Last: with it the new pair is whole.
      await writeNewFile(newPrivate, pair.privateKey.export({format: 'pem', type: 'pkcs1'}), {
        ...attributes,
        mode: attributes.mode & 0o440,
      })
    }
    const lastId = await lastAuditId(await auditDatabase())
    await addGeneration(generationsFile, oldPem, {lastId, model: publicFile})
    // In this order rows can be verified all the while: by the new key or by an earlier one.
    await replaceByName(newPublic, publicFile)
    await replaceByName(newPrivate, privateFile)
    await removeFile(newPublic)
    await removeFile(newPrivate)
    return {
      fingerprint: keyFingerprint(createPublicKey(await readFile(publicFile))),
      previous: keyFingerprint(createPublicKey(oldPem)),
      lastId,
      generationsFile,
    }
  }

  /** Public key of the pair in use, also when a run was cut off between its two files. */
  async #presentPair(privateFile: string, publicFile: string, newPublic: string): Promise<string> {
    const [privatePem, publicPem] = await Promise.all([readKeyFile(privateFile), readKeyFile(publicFile)])
    let own: string
    try {
      own = createPublicKey(createPrivateKey(privatePem)).export({format: 'pem', type: 'spki'}) as string
    } catch (error) {
      throw new PiError('CONFIG', `${privateFile} is no private key: ${reasonOf(error)}`, {cause: error})
    }
    const given = createPublicKey(publicPem).export({format: 'pem', type: 'spki'}) as string
    if (own === given) return own
    if (existsSync(newPublic) && given === (await readFile(newPublic, 'utf8'))) return own
    throw new PiError('INTEGRITY', `${publicFile} does not belong to ${privateFile}.`)
  }

  /** A new SECRET_KEY in the configuration file. @throws PiError CONFIG */
  async rotateSecretKey(): Promise<{file: string}> {
    return this.#edit({set: {SECRET_KEY: await randomAlphanumeric(48)}, comment})
  }

  /**
   * A new pepper; the present one is accepted further, until the next login of each administrator.
   * @throws PiError CONFIG
   */
  async rotatePepper(): Promise<{file: string; previous: number}> {
    const {settings} = this.#options
    const previous = [settings.text('PI_PEPPER') ?? '', ...settings.list('PI_PEPPER_PREVIOUS')]
    const list = `[${previous.map((text) => JSON.stringify(text).replaceAll(/[^ -~]/g, asciiEscape)).join(', ')}]`
    const edited = await this.#edit({
      set: {
        [this.#own('PI_PEPPER')]: await randomAlphanumeric(24),
        [this.#own('PI_PEPPER_PREVIOUS')]: {expression: list},
      },
      comment,
    })
    return {...edited, previous: previous.length}
  }

  /** Forgets earlier peppers: who has not logged in since can no longer. @throws PiError CONFIG */
  async forgetPeppers(): Promise<{file: string; previous: number}> {
    return {...(await this.#edit({set: {}, remove: [this.#own('PI_PEPPER_PREVIOUS')], comment})), previous: 0}
  }

  /** @throws PiError CONFIG */
  async status(now = Date.now()): Promise<SiteKeyReport> {
    const {settings} = this.#options
    const publicFile = settings.path('PI_AUDIT_KEY_PUBLIC')
    const pem = publicFile === undefined ? undefined : await readFile(publicFile).catch(() => undefined)
    const key = pem && createPublicKey(pem)
    const since = publicFile === undefined ? undefined : await stat(publicFile).catch(() => undefined)
    const generations = generationsPath(settings)
    const secret = settings.get('SECRET_KEY')
    const pepper = settings.text('PI_PEPPER')
    return {
      audit: {
        publicFile: publicFile ?? null,
        fingerprint: key ? keyFingerprint(key) : null,
        bits: key?.asymmetricKeyDetails?.modulusLength ?? null,
        ageDays: since ? Math.max(0, Math.floor((now - since.mtimeMs) / 86_400_000)) : null,
        earlier: generations === undefined ? 0 : (await readGenerations(generations)).length,
      },
      secretKey: {
        set: secret !== undefined,
        length: typeof secret === 'string' || Buffer.isBuffer(secret) ? secret.length : null,
      },
      pepper: {
        set: settings.keys().includes('PI_PEPPER'),
        length: pepper?.length ?? null,
        previous: settings.list('PI_PEPPER_PREVIOUS').length,
      },
    }
  }

  async #edit(edit: ConfigEdit): Promise<{file: string}> {
    const {file} = this.#options.settings
    if (file === undefined)
      throw new PiError('CONFIG', 'There is no configuration file to be changed.', {
        hints: ['Name it with --config FILE'],
      })
    await replaceFile(file, editConfig(await readFile(file), edit), await attributesOf(file))
    return {file}
  }

  #own(key: string): string {
    return this.#options.settings.product === 'edumfa' ? key.replace(/^PI_/, 'EDUMFA_') : key
  }
}

async function lastAuditId(db: Database): Promise<number> {
  const row = (await db.k<Row>(db.schema.auditTable).max({last: 'id'}).first()) as Row | undefined
  return Number(row?.['last'] ?? 0)
}

async function readKeyFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new PiError('CONFIG', `The key file ${file} cannot be read: ${reasonOf(error)}`, {
      hints: ['Make a first pair with pi-manage setup create-audit-keys'],
      cause: error,
    })
  }
}

function requiredPath(settings: Settings, key: string): string {
  settings.required(key)
  return settings.path(key) ?? ''
}

/** JSON and Python write such characters in the same way. */
function asciiEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
