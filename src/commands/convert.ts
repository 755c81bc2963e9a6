import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../cli/app-command.js'
import {exitCodes} from '../cli/exit-codes.js'
import {readKey, tokenFile, tokenFileOptions} from '../cli/flags/token-file.js'
import {readSecretFile} from '../cli/secret-input.js'
import {openTarget, writeTokens, type WriteCounts} from '../cli/write-tokens.js'
import {openTokenFile} from '../importers/open.js'
import {makeWriter, writtenFormats} from '../importers/writers/registry.js'
import {PiError} from '../lib/errors.js'
import type {ImportedToken, TokenFile} from '../lib/types/imported-token.js'

const {format: _format, 'preshared-key': _onTheCommandLine, ...readFlags} = tokenFile

export default class Convert extends AppCommand<typeof Convert> {
  static override summary = 'Turn a token file into another format, without a database.'
  static override description =
    'Reads any format that import tokens reads, and writes another one. Nothing is looked up and nothing is stored. ' +
    'The result holds the secrets in clear unless it is PSKC with a key; --plain says that this is meant.'
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
    from: Flags.string({description: 'format of the file; recognised when left out'}),
    to: Flags.option({options: writtenFormats, required: true, description: 'format to write'})(),
    output: Flags.string({
      char: 'o',
      description: 'new file, readable by its owner only (default: standard output)',
      helpValue: 'FILE',
    }),
    'to-key-file': Flags.string({
      description: 'file with the key that encrypts PSKC, hex or base64',
      helpValue: 'FILE',
    }),
    plain: Flags.boolean({description: 'write the secrets in clear'}),
    owners: Flags.boolean({description: 'name the owners (OATH CSV version 2, YAML)'}),
    b32: Flags.boolean({aliases: ['base32'], description: 'seeds in base32 (OATH CSV, YAML)'}),
  }

  async run(): Promise<WriteCounts & {from: string; to: string}> {
    const {flags} = this
    const keyFile = flags['to-key-file']
    if (!flags.plain && (flags.to !== 'pskc' || keyFile === undefined)) {
      throw new PiError('USAGE', 'The result would hold the secrets in clear.', {
        hints: ['Add --plain if that is what you want', 'Or --to pskc --to-key-file FILE'],
      })
    }
    if (this.jsonEnabled() && flags.output === undefined) {
      throw new PiError('USAGE', 'With --json the tokens go into a file: add --output FILE.')
    }
    const writer = await makeWriter(flags.to, {
      plain: flags.plain,
      owners: flags.owners,
      base32: flags.b32,
      presharedKey: keyFile === undefined ? undefined : readKey(readSecretFile(keyFile), `The key in ${keyFile}`),
    })
    const file = await openTokenFile(this.args.file, {
      ...tokenFileOptions(flags, (message) => this.notice(message)),
      format: flags.from,
    })
    const target = openTarget(flags.output)
    try {
      const counts = await writeTokens(tokensOf(file), writer, (text) => target.write(text))
      if (counts.written + counts.skipped.length === 0) {
        throw new PiError('INVALID_INPUT', `There are no tokens in ${file.name}.`)
      }
      target.finish()
      for (const {serial, reason} of counts.skipped.slice(0, 50)) process.stderr.write(`${serial}: ${reason}\n`)
      this.notice(`Wrote ${String(counts.written)} tokens; ${String(counts.skipped.length)} were left out.`)
      if (counts.skipped.length > 0) process.exitCode = exitCodes.PARTIAL
      return {from: file.format, to: flags.to, ...counts}
    } catch (error) {
      target.discard()
      throw error
    }
  }
}

/** Records that are no tokens keep their reason, under the line where there is no serial. */
async function* tokensOf(file: TokenFile): AsyncIterable<{token: ImportedToken} | {serial: string; error: string}> {
  for await (const row of file.rows()) {
    if ('token' in row) yield row
    else yield {serial: row.serial ?? `line ${String(row.line)}`, error: 'error' in row ? row.error : row.skipped}
  }
}
