import {createCipheriv, createHmac, randomBytes} from 'node:crypto'
import type {App} from '../../../app.js'
import {decodeHex} from '../../../lib/crypto/encodings.js'
import {decryptTokenSecret} from '../../../lib/crypto/secret-values.js'
import {PiError} from '../../../lib/errors.js'
import type {TokenRecord} from '../../../lib/services/tokens/record.js'
import type {LegacyOutput} from './options.js'

const exportedTypes = new Set(['hotp', 'pw', 'totp'])

/**
 * `--action export` without `--csv`: the PSKC document of 3.8, element for element (spec/04-import-export-formats.md
 * §6.1). The key goes to standard error, as there.
 */
export class LegacyPskcExport {
  readonly #app: App
  readonly #output: LegacyOutput
  readonly #presharedKey = randomBytes(16)
  readonly #macKey = randomBytes(20)
  #count = 0

  constructor(app: App, output: LegacyOutput) {
    this.#app = app
    this.#output = output
  }

  begin(): void {
    this.#output.out(
      '<keycontainer version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" ' +
        'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">\n' +
        '<encryptionkey>\n<ds:keyname>Pre-shared-key</ds:keyname>\n</encryptionkey>\n' +
        '<macmethod algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">\n<mackey>\n' +
        `${cipherElements(this.#encrypt(this.#macKey))}</mackey>\n</macmethod>`,
    )
  }

  /** @throws PiError INTEGRITY (a seed that is no hex text) */
  async token({token, info}: TokenRecord): Promise<void> {
    if (!exportedTypes.has(token.tokentype)) return
    const secret = await decryptTokenSecret(await this.#app.security(), {ciphertext: token.keyEnc, iv: token.keyIv})
    const bytes = token.tokentype === 'pw' ? secret : decodeHex(secret.toString('utf8'))
    if (!bytes) throw new PiError('INTEGRITY', `The secret of ${token.serial} is not the hex text of a key.`)
    const encrypted = this.#encrypt(bytes)
    const mac = createHmac('sha1', this.#macKey).update(encrypted).digest('base64')
    const detail = (key: string) => info.find((entry) => entry.key === key)?.value
    const isTotp = token.tokentype === 'totp'
    this.#output.out(
      `<keypackage>\n<deviceinfo>\n<manufacturer>${escaped(asciiOnly(token.description))}</manufacturer>\n` +
        `<serialno>${escaped(token.serial)}</serialno>\n</deviceinfo>\n` +
        `<key algorithm="urn:ietf:params:xml:ns:keyprov:pskc:${token.tokentype}" id="${escaped(token.serial)}">\n` +
        '<issuer>privacyIDEA</issuer>\n<algorithmparameters>\n' +
        `<responseformat encoding="DECIMAL" length="${token.otplen}"></responseformat>\n` +
        `<suite hashalgo="${escaped(detail('hashlib') ?? 'sha1')}"></suite>\n</algorithmparameters>\n` +
        `<data>\n<secret>\n<encryptedvalue>\n${cipherElements(encrypted)}</encryptedvalue>\n` +
        `<valuemac>${mac}</valuemac>\n</secret>\n` +
        plainValue('time', '0') +
        plainValue('timeinterval', isTotp ? (detail('timeStep') ?? 'None') : '0') +
        plainValue('counter', String(token.count)) +
        plainValue('timedrift', isTotp ? (detail('timeShift') ?? 'None') : '0') +
        '</data>\n</key>\n</keypackage>',
    )
    this.#count += 1
  }

  end(): void {
    this.#output.out('\n</keycontainer>\n')
    this.#output.err(
      `\n${this.#count} tokens exported.\n\nThis is the AES encryption key of the token seeds.\n` +
        `You need this key to import the tokens again:\n\n\t${this.#presharedKey.toString('hex')}\n\n`,
    )
  }

  /** IV and ciphertext, AES-128-CBC. */
  #encrypt(plain: Uint8Array): Buffer {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-128-cbc', this.#presharedKey, iv)
    return Buffer.concat([iv, cipher.update(plain), cipher.final()])
  }
}

function cipherElements(encrypted: Buffer): string {
  return (
    '<xenc:encryptionmethod algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"></xenc:encryptionmethod>\n' +
    `<xenc:cipherdata>\n<xenc:ciphervalue>${encrypted.toString('base64')}</xenc:ciphervalue>\n</xenc:cipherdata>\n`
  )
}

function plainValue(element: string, value: string): string {
  return `<${element}>\n<plainvalue>${escaped(value)}</plainvalue>\n</${element}>\n`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function asciiOnly(text: string): string {
  return [...text].map((character) => (character.codePointAt(0)! < 0x80 ? character : '?')).join('')
}
