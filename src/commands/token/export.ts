import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {password} from '../../cli/flags/secret.js'
import {readKey} from '../../cli/flags/token-file.js'
import {tokenFiltersOf, tokenSelection} from '../../cli/flags/token-selection.js'
import {readPassword, readSecretFile} from '../../cli/secret-input.js'
import {openTarget, writeTokens, type WriteCounts} from '../../cli/write-tokens.js'
import {makeWriter, writtenFormats} from '../../importers/writers/registry.js'
import type {WriteOptions} from '../../importers/writers/contract.js'
import {PiError} from '../../lib/errors.js'
import {conditionOf} from '../../lib/services/janitor/filters.js'

/** Formats whose text is the secrets in clear. */
const alwaysPlain = new Set(['dump', 'oath-csv', 'otpauth', 'yaml'])

export default class TokenExport extends AppCommand<typeof TokenExport> {
  static override summary = 'Write tokens with their secrets into a file.'
  static override description =
    'Writes the tokens that meet every filter, or all. PSKC is encrypted with a key or a password; the other formats hold ' +
    'the secrets in clear and need --plain. A dump holds everything about a token and is read back by import tokens. ' +
    'Tokens that have no place in the format are named; the program then ends with 7.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --format pskc --password-file pw --output tokens.xml',
      description: 'PSKC under a password',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --format dump --plain | gpg -er admin@example.com > tokens.gpg',
      description: 'Everything, encrypted for somebody',
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
    format: Flags.option({options: writtenFormats, default: 'pskc' as const, description: 'format of the file'})(),
    output: Flags.string({
      char: 'o',
      description: 'new file, readable by its owner only (default: standard output)',
      helpValue: 'FILE',
    }),
    'preshared-key-file': Flags.string({description: 'file with the key for PSKC, hex or base64', helpValue: 'FILE'}),
    plain: Flags.boolean({description: 'write the secrets in clear'}),
    compat: Flags.option({
      options: ['3.8'] as const,
      description: 'PSKC in the form that privacyIDEA 3.8 reads back with all fields',
    })(),
    owners: Flags.boolean({description: 'name the owners (OATH CSV version 2, YAML)'}),
    b32: Flags.boolean({aliases: ['base32'], description: 'seeds in base32 (OATH CSV, YAML)'}),
  }

  async run(): Promise<WriteCounts & {format: string}> {
    const {flags} = this
    const {format} = flags
    const options = await this.#writeOptions()
    const writer = await makeWriter(format, options)
    if (this.jsonEnabled() && flags.output === undefined) {
      throw new PiError('USAGE', 'With --json the tokens go into a file: add --output FILE.')
    }
    const condition = conditionOf({...tokenFiltersOf(flags), serials: this.args.serial}, new Date())
    const target = openTarget(flags.output)
    try {
      const counts = await this.withApp(async (app) => {
        const run = {exact: format === 'dump', logins: flags.owners}
        return writeTokens((await app.exportTokens()).run(condition, run), writer, (text) => target.write(text))
      })
      target.finish()
      for (const {serial, reason} of counts.skipped.slice(0, 50)) process.stderr.write(`${serial}: ${reason}\n`)
      this.notice(`Wrote ${String(counts.written)} tokens; ${String(counts.skipped.length)} were left out.`)
      if (counts.skipped.length > 0) process.exitCode = exitCodes.PARTIAL
      return {format, ...counts}
    } catch (error) {
      target.discard()
      throw error
    }
  }

  async #writeOptions(): Promise<WriteOptions> {
    const {flags} = this
    const {plain, compat, owners, b32} = flags
    if (alwaysPlain.has(flags.format) && !plain) {
      throw new PiError('USAGE', `The format ${flags.format} holds the secrets in clear.`, {
        hints: ['Add --plain if that is what you want', 'PSKC is encrypted: --format pskc'],
      })
    }
    const keyFile = flags['preshared-key-file']
    const given = flags['password-file'] ?? flags['password-fd'] ?? flags['password-stdin']
    const needsPassword = flags.format === 'pskc' && !plain && keyFile === undefined
    return {
      plain,
      compat,
      owners,
      base32: b32,
      presharedKey: keyFile === undefined ? undefined : readKey(readSecretFile(keyFile), `The key in ${keyFile}`),
      password:
        needsPassword && (given !== undefined || process.stdin.isTTY)
          ? await readPassword(flags, 'Password for the file', {twice: true})
          : undefined,
    }
  }
}
