import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../contract.js'
import {readLines} from '../shared/csv.js'
import {MigrationBatches, readMigration} from '../shared/migration.js'
import {readOtpauth} from '../shared/otpauth.js'
import {rowOf} from '../shared/rows.js'
import {readText} from '../shared/text.js'

/**
 * Key URIs, one a line: `otpauth://` (also FreeOTP, Ente, Proton and others export them so), and the
 * `otpauth-migration://` of Google Authenticator, which holds several accounts (spec/04 §12.1, §12.2).
 */
export const otpauth: Importer = {
  format: 'otpauth',
  aliases: ['otpauth-list', 'otpauth-migration', 'google-authenticator', 'ente'],
  title: 'otpauth:// and otpauth-migration:// URIs, one a line',

  detect: ({text}: Head) => /^\uFEFF?\s*(?:#.*\s+)*otpauth(?:-migration)?:\/\//i.test(text),

  read: (input, options) => readUris(input, options),
}

async function* readUris(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const batches = new MigrationBatches()
  for await (const lines of readLines(input.name, readText(input, options.encoding))) {
    for (const {number, text} of lines) {
      const uri = text.trim()
      if (uri === '' || uri.startsWith('#')) continue
      if (/^otpauth-migration:/i.test(uri)) yield* readMigration(uri, number, options, batches)
      else yield rowOf(number, {}, () => readOtpauth(uri, 'otpauth', options))
    }
  }
  yield* batches.missing()
}
