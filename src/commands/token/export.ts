import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {password} from '../../cli/flags/secret.js'
import {readKey} from '../../cli/flags/token-file.js'
import {protectionOf, tokenOutput} from '../../cli/flags/token-output.js'
import {tokenFiltersOf, tokenSelection} from '../../cli/flags/token-selection.js'
import {readPassword, readSecretFile} from '../../cli/secret-input.js'
import {writePictures, writeTokenFile, type WriteCounts} from '../../cli/write-tokens.js'
import {makeWriter, writtenFormats} from '../../importers/writers/registry.js'
import {PiError} from '../../lib/errors.js'
import type {ExportedToken, ExportTokens} from '../../lib/services/export-tokens.js'
import type {Condition} from '../../lib/services/janitor/condition.js'
import {conditionOf} from '../../lib/services/janitor/filters.js'

export default class TokenExport extends AppCommand<typeof TokenExport> {
  static override summary = 'Write tokens with their secrets into a file.'
  static override description =
    'Writes the tokens that meet every filter, or all. PSKC encrypts its secrets with a key, a password or for a certificate, ' +
    'and can be signed; other formats are encrypted as a whole by OpenPGP. --plain leaves the secrets in clear. A dump holds ' +
    'everything about a token and is read back by import tokens. Tokens that have no place in the format are named; the ' +
    'program then ends with 7.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --format pskc --password-file pw --output tokens.xml',
      description: 'PSKC under a password',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --format dump --pgp-recipient alice.asc --output tokens.asc',
      description: 'Everything, encrypted for somebody',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --recipient-cert partner.pem --sign-key-file me.key --sign-cert me.pem',
      description: 'PSKC that one partner can read, and that shows who wrote it',
    },
    {
      command: '<%= config.bin %> <%= command.id %> TOTP0001 --format qr --plain',
      description: 'A QR code for an authenticator app, in the terminal',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --type totp --realm corp --format oath-csv --plain --owners',
      description: 'The TOTP tokens of a realm with their owners',
    },
  ]
  static override args = {
    serial: Args.string({description: 'serials to write; without, all tokens', ignoreStdin: true, multiple: true}),
  }
  static override flags = {
    ...tokenSelection,
    ...password,
    ...tokenOutput,
    format: Flags.option({
      options: [...writtenFormats, 'qr-png'] as const,
      default: 'pskc' as const,
      description: 'format of the file; qr shows QR codes, qr-png makes a picture for each token in a folder',
    })(),
    output: Flags.string({
      char: 'o',
      description: 'new file, readable by its owner only (default: standard output)',
      helpValue: 'FILE',
    }),
    'preshared-key-file': Flags.string({description: 'file with the key, hex or base64', helpValue: 'FILE'}),
    owners: Flags.boolean({description: 'name the owners (OATH CSV version 2, YAML)'}),
    b32: Flags.boolean({aliases: ['base32'], description: 'seeds in base32 (OATH CSV, YAML)'}),
  }

  async run(): Promise<WriteCounts & {format: string}> {
    const {flags} = this
    const {format} = flags
    if (this.jsonEnabled() && flags.output === undefined) {
      throw new PiError('USAGE', 'With --json the tokens go into a file: add --output FILE.')
    }
    const condition = conditionOf({...tokenFiltersOf(flags), serials: this.args.serial}, new Date())
    const select = {exact: format === 'dump', logins: flags.owners}
    const counts =
      format === 'qr-png'
        ? await this.#pictures(condition)
        : await this.#file(format, (app) => app.run(condition, select))
    for (const {serial, reason} of counts.skipped.slice(0, 50)) process.stderr.write(`${serial}: ${reason}\n`)
    this.notice(`Wrote ${String(counts.written)} tokens; ${String(counts.skipped.length)} were left out.`)
    if (counts.skipped.length > 0) process.exitCode = exitCodes.PARTIAL
    return {format, ...counts}
  }

  async #file(format: string, select: (tokens: ExportTokens) => AsyncIterable<ExportedToken>): Promise<WriteCounts> {
    const {flags} = this
    const keyFile = flags['preshared-key-file']
    const hasPassword = (flags['password-file'] ?? flags['password-fd'] ?? flags['password-stdin']) !== undefined
    const {options, pgp} = await protectionOf(format, flags, {
      key: keyFile === undefined ? undefined : readKey(readSecretFile(keyFile), `The key in ${keyFile}`),
      hasPassword,
      password: async () =>
        hasPassword || process.stdin.isTTY ? readPassword(flags, 'Password for the file', {twice: true}) : undefined,
    })
    const writer = await makeWriter(format, {...options, owners: flags.owners, base32: flags.b32})
    return this.withApp(async (app) =>
      writeTokenFile(select(await app.exportTokens()), writer, {output: flags.output, pgp}),
    )
  }

  async #pictures(condition: Condition): Promise<WriteCounts> {
    const {output, plain} = this.flags
    if (output === undefined || !plain) {
      throw new PiError('USAGE', 'The pictures hold the secrets in clear: --plain says that this is meant.', {
        hints: ['Name the folder with --output DIR'],
      })
    }
    return this.withApp(async (app) => writePictures((await app.exportTokens()).run(condition), output))
  }
}
