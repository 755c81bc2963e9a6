import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {isBase32Secret} from '../shared/otpauth.js'
import {rowOf} from '../shared/rows.js'
import {base32Secret, softwareToken} from '../shared/software-token.js'
import {readWholeText} from '../shared/whole.js'

/** `~/.google_authenticator` of Google's PAM module: secret, options, scratch codes (spec/04 §12.6). */
export const googlePam: Importer = {
  format: 'google-authenticator-pam',
  aliases: ['google-pam', '.google_authenticator'],
  title: '.google_authenticator of the PAM module',
  detect: ({text}) => {
    const [first = '', second = ''] = text.split(/\r?\n/)
    return isBase32Secret(first) && /^" /.test(second)
  },
  read: (input, options) => readFile(input, options),
}

async function* readFile(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const [secret = '', ...rest] = (await readWholeText(input, options.encoding, 64 * 1024)).split(/\r?\n/)
  const settings = new Map(
    rest
      .filter((line) => line.startsWith('" '))
      .map((line) => {
        const [name = '', ...values] = line.slice(2).trim().split(/\s+/)
        return [name, values.join(' ')]
      }),
  )
  yield rowOf(1, {}, (): ImportedToken => {
    const counter = settings.get('HOTP_COUNTER')
    return softwareToken(
      {
        type: counter === undefined ? 'totp' : 'hotp',
        secret: base32Secret(secret.trim()),
        account: /(?:^|\/)home\/([^/]+)\//.exec(input.name)?.[1],
        counter,
        period: settings.get('STEP_SIZE') ?? settings.get('TIME_STEP_SIZE'),
      },
      'google-authenticator-pam',
      options,
    )
  })
}
