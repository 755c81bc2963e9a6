import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {PiError, reasonOf} from '../../../errors.js'
import {attributesOf, replaceByName, replaceFile, writeNewFile, type FileAttributes} from '../../../files/durable.js'
import type {CaEnv} from '../../contract.js'
import {serialHex} from '../../shared/certificate.js'
import {digestOf, type Digest} from '../../shared/signature.js'
import {withFolderLock} from './folder-lock.js'
import {formatIndex, parseIndex, type IndexRow} from './index-file.js'
import {OpensslConfig} from './openssl-config.js'

/** index.txt as it was read; writing it needs that it still is so. */
export interface ReadIndex {
  text: string
  rows: IndexRow[]
}

/** Another program wrote to the folder between our reading and writing; the work has to be done again. */
class ChangedMeanwhile extends PiError {}

const mostAttempts = 5

/**
 * The folder of an openssl CA: where its files are, by the settings of the connector and the openssl configuration, and
 * how they are read and written. Every file is replaced as a whole, the list of certificates and the serial number keep
 * their state before as `.old`, as openssl does it.
 */
export class CaFolder {
  readonly config: OpensslConfig
  /** Section of the configuration, mostly `CA_default`. */
  readonly section: string
  readonly workingDir: string
  readonly #settings: CaEnv['settings']

  private constructor(settings: CaEnv['settings'], workingDir: string, config: OpensslConfig, section: string) {
    this.#settings = settings
    this.workingDir = workingDir
    this.config = config
    this.section = section
  }

  /** @throws PiError CONFIG */
  static async open({settings, directory, env}: Pick<CaEnv, 'directory' | 'env' | 'settings'>): Promise<CaFolder> {
    const workingDir = path.resolve(directory, settings['WorkingDir'] || '.')
    const file = path.resolve(workingDir, settings['openssl.cnf'] || '/etc/ssl/openssl.cnf')
    const config = OpensslConfig.parse(await readText(file, 'openssl configuration'), {file, env})
    const section = config.get('ca', 'default_ca')
    if (section === undefined || !config.has(section)) {
      throw new PiError('CONFIG', `The openssl configuration ${file} describes no CA: [ca] default_ca is missing.`)
    }
    return new CaFolder(settings, workingDir, config, section)
  }

  get indexFile(): string {
    return this.#required('database')
  }

  get newCertificates(): string {
    return this.#required('new_certs_dir')
  }

  /** Undefined where serial numbers are random (`rand_serial`). */
  get serialFile(): string | undefined {
    return isYes(this.#value('rand_serial')) ? undefined : this.#required('serial')
  }

  get crlNumberFile(): string | undefined {
    const value = this.#value('crlnumber')
    return value === undefined ? undefined : this.#path(value)
  }

  get certificateFile(): string {
    return this.#path(this.#settings['cacert'] || this.#required('certificate'))
  }

  /** A file, or a `pkcs11:` URI. */
  get key(): string {
    const key = this.#settings['cakey'] || this.#required('private_key')
    return key.startsWith('pkcs11:') ? key : this.#path(key)
  }

  /** As the setting names it, for messages. */
  get crlName(): string {
    return this.#settings['CRL'] || 'crl.pem'
  }

  get crlFile(): string {
    return this.#path(this.crlName)
  }

  get requestDir(): string {
    return this.#path(this.#settings['CSRDir'] || '.')
  }

  get certificateDir(): string {
    return this.#path(this.#settings['CertificateDir'] || '.')
  }

  get templateFile(): string | undefined {
    const file = this.#settings['templates']
    return file ? this.#path(file) : undefined
  }

  get digest(): Digest {
    return digestOf(this.#value('default_md') ?? 'sha256')
  }

  /** Entries of the policy section: attribute, and whether it is `match`, `supplied` or `optional`. */
  get policy(): [string, string][] {
    const section = this.#value('policy')
    if (section === undefined) throw this.#missing('policy')
    return this.config.entries(section)
  }

  get keepsOrder(): boolean {
    return isYes(this.#value('preserve'))
  }

  get mailInName(): boolean {
    return this.#value('email_in_dn') === undefined || isYes(this.#value('email_in_dn'))
  }

  /** `none`, `copy` or `copyall`: which extensions of a request come into the certificate. */
  get copyExtensions(): string {
    return this.#value('copy_extensions') ?? 'none'
  }

  get defaultExtensions(): string | undefined {
    return this.#value('x509_extensions')
  }

  get crlExtensions(): string | undefined {
    return this.#value('crl_extensions')
  }

  /** Milliseconds that a CRL is good for. @throws PiError CONFIG when the configuration does not tell */
  get crlValidityMs(): number {
    const number = (name: string) => Number(this.#value(name) ?? 0)
    const hours = number('default_crl_days') * 24 + number('default_crl_hours')
    if (hours > 0) return hours * 3_600_000
    const days = Number(this.#settings['CRL_Validity_Period'])
    if (days > 0) return days * 86_400_000
    throw this.#missing('default_crl_days')
  }

  /** Whether a subject may have one valid certificate only; index.txt.attr decides, then the configuration, then yes. */
  async uniqueSubject(): Promise<boolean> {
    const attributes = await readFile(`${this.indexFile}.attr`, 'utf8').catch(() => '')
    const given = /^\s*unique_subject\s*=\s*(\S+)/m.exec(attributes)?.[1] ?? this.#value('unique_subject')
    return given === undefined || isYes(given)
  }

  async readIndex(): Promise<ReadIndex> {
    const text = await readText(this.indexFile, 'list of certificates')
    return {text, rows: parseIndex(text, this.indexFile)}
  }

  /** @throws ChangedMeanwhile */
  async writeIndex(seen: ReadIndex, rows: readonly IndexRow[]): Promise<void> {
    await this.#replaceSeen(this.indexFile, seen.text, formatIndex(rows))
    const attributes = `${this.indexFile}.attr`
    if ((await readFile(attributes).catch(() => undefined)) === undefined) {
      const text = `unique_subject = ${(await this.uniqueSubject()) ? 'yes' : 'no'}\n`
      await replaceFile(attributes, text, await this.newFileAttributes())
    }
  }

  /** The number in a file such as `serial`. @throws PiError CONFIG */
  async readNumber(file: string, what: string): Promise<{text: string; value: bigint}> {
    const text = await readText(file, what)
    const hex = text.trim()
    if (!/^[0-9A-Fa-f]+$/.test(hex)) throw new PiError('CONFIG', `The ${what} in ${file} is no hexadecimal number.`)
    return {text, value: BigInt(`0x${hex}`)}
  }

  /** @throws ChangedMeanwhile */
  async writeNumber(file: string, seen: {text: string}, value: bigint): Promise<void> {
    await this.#replaceSeen(file, seen.text, `${serialHex(value)}\n`)
  }

  /** A new file, with the owner of the list. @throws PiError ALREADY_EXISTS */
  async writeNew(file: string, content: string): Promise<void> {
    await writeNewFile(file, content, await this.newFileAttributes())
  }

  /** A file that may exist already. */
  async write(file: string, content: string): Promise<void> {
    const attributes = await attributesOf(file).catch(() => this.newFileAttributes())
    await replaceFile(file, content, attributes)
  }

  /** Whoever owns the list owns what is written beside it: root must not lock out the server. */
  async newFileAttributes(): Promise<FileAttributes> {
    return {...(await attributesOf(this.indexFile)), mode: 0o644}
  }

  /** Runs work that changes the folder, alone; again when another program changed something in between. */
  async change<R>(work: () => Promise<R>): Promise<R> {
    return withFolderLock(`${this.indexFile}.lock`, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await work()
        } catch (error) {
          if (!(error instanceof ChangedMeanwhile) || attempt === mostAttempts) throw error
        }
      }
    })
  }

  /** openssl knows no lock; that a file is another one than was read is noticed right before it is replaced. */
  async #replaceSeen(file: string, seen: string, content: string): Promise<void> {
    const attributes = await attributesOf(file)
    if ((await readText(file, 'file')) !== seen) {
      throw new ChangedMeanwhile('LOCKED', `Another program changes ${file} at the same time.`, {
        hints: ['Repeat it when openssl has ended'],
      })
    }
    await replaceByName(file, `${file}.old`)
    await replaceFile(file, Buffer.from(content, 'latin1'), attributes)
  }

  #value(name: string): string | undefined {
    return this.config.get(this.section, name)
  }

  #required(name: string): string {
    const value = this.#value(name)
    if (value === undefined) throw this.#missing(name)
    return this.#path(value)
  }

  #path(value: string): string {
    return path.resolve(this.workingDir, value)
  }

  #missing(name: string): PiError {
    return new PiError('CONFIG', `The openssl configuration of the CA has no ${name} in [${this.section}].`)
  }
}

function isYes(text: string | undefined): boolean {
  return /^(?:y|t|1|on)/i.test(text ?? '')
}

async function readText(file: string, what: string): Promise<string> {
  try {
    // bytes stay what they are, whatever encoding they have
    return await readFile(file, 'latin1')
  } catch (error) {
    throw new PiError('CONFIG', `The ${what} ${file} cannot be read: ${reasonOf(error).split(',')[0]}.`, {cause: error})
  }
}
