import {readFile} from 'node:fs/promises'
import {enckeyBytes, encryptEnckey} from '../../crypto/enckey.js'
import {fingerprint} from '../../crypto/key-fingerprint.js'
import {PiError, reasonOf} from '../../errors.js'
import {attributesOf, replaceFile, writeNewFile} from '../../files/durable.js'
import {hasAbility, type KeyExporter, type SecurityModule} from '../../security-module.js'
import {unsealKeys} from '../key-rotation/seal.js'
import {printKeys, readSheets} from './paper.js'
import {unwrapFromPgp, wrapForPgp} from './pgp.js'

/** Copies of the keys of an installation outside of it, and the way back. */
export class KeyCopyService {
  readonly #security: () => Promise<SecurityModule>

  constructor(options: {security: () => Promise<SecurityModule>}) {
    this.#security = options.security
  }

  /** Sheets to be printed. @throws PiError REFUSED (the keys are in a device), USAGE */
  async paper({shares, needed}: {shares: number; needed: number | undefined}): Promise<string[]> {
    return this.#withKeys(async (keys, name) =>
      printKeys(keys, {shares, ...(needed !== undefined && {needed}), at: new Date().toISOString(), fingerprint: name}),
    )
  }

  /** Writes a key file from printed sheets, mode 0400. @throws PiError INVALID_INPUT, ALREADY_EXISTS, CONFIG */
  async restore(sheets: readonly string[], file: string): Promise<void> {
    const texts = await Promise.all(sheets.map(async (sheet) => (await readInput(sheet)).toString('utf8')))
    await writeKeys(await readSheets(texts), file)
  }

  /** Writes a key file from keys that a rotation sealed. @throws PiError INVALID_INPUT, INTEGRITY, ALREADY_EXISTS */
  async unseal(sealed: string, file: string): Promise<void> {
    await writeKeys(await unsealKeys(sealed, await this.#security()), file)
  }

  /** An armoured message to PGP recipients. @throws PiError REFUSED, INVALID_INPUT */
  async wrap(recipientFiles: readonly string[]): Promise<string> {
    const recipients = await Promise.all(recipientFiles.map((file) => readInput(file)))
    return this.#withKeys((keys) => wrapForPgp(keys, recipients))
  }

  /** Writes a key file from such a message. @throws PiError INVALID_INPUT, INTEGRITY, REFUSED, ALREADY_EXISTS */
  async unwrap(message: string, secretKey: string, passphrase: () => Promise<string>, file: string): Promise<void> {
    const [content, key] = await Promise.all([readInput(message), readInput(secretKey)])
    await writeKeys(await unwrapFromPgp(content, key, passphrase), file)
  }

  /**
   * Gives the key file another password, or none, in one step: a crash leaves the old or the new form.
   * @throws PiError REFUSED (the keys are in a device), CONFIG
   */
  async changePassphrase(file: string, password: string | undefined): Promise<void> {
    await this.#withKeys(async (keys) => {
      if (keys.length !== enckeyBytes)
        throw new PiError('INTEGRITY', `The key file has ${keys.length} bytes; ${enckeyBytes} are needed.`)
      const content = password === undefined ? keys : `${await encryptEnckey(keys, password)}\n`
      await replaceFile(file, content, await attributesOf(file))
    })
  }

  async #withKeys<R>(use: (keys: Buffer, name: string) => Promise<R>): Promise<R> {
    const module = await this.#security()
    if (!hasAbility<KeyExporter>(module, 'exportKeys')) {
      throw new PiError(
        'REFUSED',
        `The keys never leave the ${module.description}, so there can be no copy of them here.`,
        {
          hints: ['Back up the token with the tool of its vendor'],
        },
      )
    }
    const name = await fingerprint(module, 'token')
    const keys = module.exportKeys()
    try {
      return await use(keys, name)
    } finally {
      keys.fill(0)
    }
  }
}

async function writeKeys(keys: Buffer, file: string): Promise<void> {
  try {
    await writeNewFile(file, keys, {mode: 0o400})
  } finally {
    keys.fill(0)
  }
}

async function readInput(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The file ${file} cannot be read: ${reasonOf(error)}`, {cause: error})
  }
}
