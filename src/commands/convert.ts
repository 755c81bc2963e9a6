import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../cli/app-command.js'
import {exitCodes} from '../cli/exit-codes.js'
import {readKey, tokenFile, tokenFileOptions} from '../cli/flags/token-file.js'
import {protectionOf, tokenOutput} from '../cli/flags/token-output.js'
import {readSecretFile} from '../cli/secret-input.js'
import {writeTokenFile, type WriteCounts} from '../cli/write-tokens.js'
import {openTokenFile} from '../importers/open.js'
import {makeWriter, writtenFormats} from '../importers/writers/registry.js'
import {PiError} from '../lib/errors.js'
import {asSeed} from '../lib/services/export-tokens.js'
import type {ImportedToken, TokenFile} from '../lib/types/imported-token.js'

const {format: _format, 'preshared-key': _onTheCommandLine, ...readFlags} = tokenFile

export default class Convert extends AppCommand<typeof Convert> {
  static override summary = 'Turn a token file into another format, without a database.'
  static override description =
    'Reads any format that import tokens reads, and writes another one. Nothing is looked up and nothing is stored. ' +
    'The result is encrypted with a key, a password, for a certificate (PSKC) or an OpenPGP recipient, or --plain.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --to oath-csv vendor.xml --plain --preshared-key-file psk',
      description: 'An encrypted PSKC file as CSV',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --from feitian --to pskc seeds.txt --to-key-file key -o tokens.xml',
      description: "A vendor's list as encrypted PSKC",
    },
  ]
  static override args = {
    file: Args.string({description: 'token file, or - for standard input', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...readFlags,
    ...tokenOutput,
    from: Flags.string({description: 'format of the file; recognised when left out'}),
    to: Flags.option({options: writtenFormats, required: true, description: 'format to write'})(),
    output: Flags.string({
      char: 'o',
      description: 'new file, readable by its owner only (default: standard output)',
      helpValue: 'FILE',
    }),
    'to-key-file': Flags.string({
      description: 'file with the key that encrypts the result, hex or base64',
      helpValue: 'FILE',
    }),
    'to-password-file': Flags.string({
      description: 'file with the password that encrypts the result',
      helpValue: 'FILE',
      exclusive: ['to-key-file'],
    }),
    owners: Flags.boolean({description: 'name the owners (OATH CSV version 2, YAML)'}),
    b32: Flags.boolean({aliases: ['base32'], description: 'seeds in base32 (OATH CSV, YAML)'}),
  }

  async run(): Promise<WriteCounts & {from: string; to: string}> {
    const {flags} = this
    const [keyFile, passwordFile] = [flags['to-key-file'], flags['to-password-file']]
    const {options, pgp} = await protectionOf(flags.to, flags, {
      key: keyFile === undefined ? undefined : readKey(readSecretFile(keyFile), `The key in ${keyFile}`),
      hasPassword: passwordFile !== undefined,
      password: async () => (passwordFile === undefined ? undefined : readSecretFile(passwordFile)),
    })
    if (this.jsonEnabled() && flags.output === undefined) {
      throw new PiError('USAGE', 'With --json the tokens go into a file: add --output FILE.')
    }
    const writer = await makeWriter(flags.to, {...options, owners: flags.owners, base32: flags.b32})
    const file = await openTokenFile(this.args.file, {
      ...tokenFileOptions(flags, (message) => this.notice(message)),
      format: flags.from,
    })
    const counts = await writeTokenFile(tokensOf(file, flags.to === 'dump'), writer, {
      output: flags.output,
      pgp,
      required: file.name,
    })
    for (const {serial, reason} of counts.skipped.slice(0, 50)) process.stderr.write(`${serial}: ${reason}\n`)
    this.notice(`Wrote ${String(counts.written)} tokens; ${String(counts.skipped.length)} were left out.`)
    if (counts.skipped.length > 0) process.exitCode = exitCodes.PARTIAL
    return {from: file.format, to: flags.to, ...counts}
  }
}

/** Records that are no tokens keep their reason, under the line where there is no serial. */
async function* tokensOf(
  file: TokenFile,
  whole: boolean,
): AsyncIterable<{token: ImportedToken} | {serial: string; error: string}> {
  for await (const row of file.rows()) {
    if ('token' in row) yield whole ? row : {token: asSeed(row.token)}
    else yield {serial: row.serial ?? `line ${String(row.line)}`, error: 'error' in row ? row.error : row.skipped}
  }
}
