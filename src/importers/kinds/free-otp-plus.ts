import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {accountRows} from '../shared/accounts.js'
import {freeOtpAccount} from '../shared/free-otp.js'
import {damaged} from '../shared/text.js'
import {objectOf, readJson} from '../shared/whole.js'

/** The JSON export of FreeOTP+ (spec/04 §12.5); its other export is a list of otpauth URIs. */
export const freeOtpPlus: Importer = {
  format: 'freeotp-plus',
  aliases: ['freeotp+'],
  title: 'JSON of FreeOTP+',
  detect: ({text}) => /^\uFEFF?\s*\{/.test(text) && /"tokenOrder"\s*:/.test(text),
  read: (input, options) => readExport(input, options),
}

async function* readExport(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const tokens = objectOf(await readJson(input))?.['tokens']
  if (!Array.isArray(tokens)) throw damaged(input.name, undefined, 'there are no tokens in the export')
  yield* accountRows(tokens, 'freeotp-plus', options, freeOtpAccount)
}
