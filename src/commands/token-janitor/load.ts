import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {tokenFile, tokenFileOptions} from '../../cli/flags/token-file.js'
import {openTokenFile} from '../../importers/open.js'
import {PiError} from '../../lib/errors.js'
import type {ImportRow, ImportSummary} from '../../lib/services/import-tokens/index.js'
import type {TokenFile} from '../../lib/types/imported-token.js'

const {
  'preshared-key-file': presharedKeyFile,
  'preshared-key': presharedKey,
  'validate-mac': validateMac,
  'password-file': passwordFile,
  'password-fd': passwordFd,
  'password-stdin': passwordStdin,
} = tokenFile

export default class TokenJanitorLoad extends AppCommand<typeof TokenJanitorLoad> {
  static override summary = 'Import tokens from a PSKC file, as the token janitor of the originals does.'
  static override description =
    'The same as "import tokens --format pskc", with the output of the original. Under the old program name a serial that ' +
    'exists is brought up to date, as there, but its counter never goes back.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> tokens.xml --preshared-key-file psk.txt',
      description: 'Import an encrypted file',
    },
    {
      command:
        '<%= config.bin %> token-janitor loadtokens --pskc tokens.xml --preshared_key_hex 00112233445566778899aabbccddeeff',
      description: 'The same as 3.8 spells it',
    },
  ]
  static override args = {
    file: Args.string({description: 'PSKC file, or - for standard input', ignoreStdin: true}),
  }
  static override flags = {
    pskc: Flags.string({description: 'the file, as 3.8 takes it', helpValue: 'FILE'}),
    'preshared-key-file': presharedKeyFile,
    'preshared-key': presharedKey,
    'validate-mac': validateMac,
    'password-file': passwordFile,
    'password-fd': passwordFd,
    'password-stdin': passwordStdin,
    existing: Flags.option({
      options: ['fail', 'skip', 'update', 'overwrite'] as const,
      description: 'what happens to a serial that exists already (default: fail)',
    })(),
  }

  async run(): Promise<{format: string; rows: ImportRow[]; summary: ImportSummary}> {
    const path = this.args.file ?? this.flags.pskc
    if (path === undefined) throw new PiError('USAGE', 'Name the PSKC file.')
    const warn = (message: string) => {
      if (!this.shim) this.notice(message)
    }
    const options = {...tokenFileOptions(this.flags, warn), format: 'pskc', driftInSeconds: this.shim || undefined}
    const hard = this.shim && options.validateMac === 'hard'
    const file = await openTokenFile(path, hard ? {...options, validateMac: 'soft'} : options)
    const notValid = hard ? await serialsIfDoubted(file) : undefined
    if (notValid) return this.#nothing(file, notValid)
    const rows: ImportRow[] = []
    const existing = this.flags.existing ?? (this.shim ? 'update' : 'fail')
    const onRow = (row: ImportRow) => rows.push(row)
    const {format, summary} = await this.withApp(async (app) => (await app.importTokens()).run(file, {existing, onRow}))
    this.#conclude(rows)
    if (summary.refused > 0 && !this.shim) process.exitCode = exitCodes.PARTIAL
    return {format, rows, summary}
  }

  /** 3.8 ends with 1 whatever was wrong with the file. */
  protected override async catch(error: Error): Promise<void> {
    await super.catch(error)
    if (this.shim) process.exitCode = 1
  }

  #nothing(file: TokenFile, serials: readonly string[]): Awaited<ReturnType<TokenJanitorLoad['run']>> {
    this.log(`${notValidated}dict_keys(${pythonList(serials)})`)
    this.#conclude([])
    return {
      format: file.format,
      rows: [],
      summary: {total: serials.length, new: 0, update: 0, skip: 0, refused: serials.length},
    }
  }

  #conclude(rows: readonly ImportRow[]): void {
    const done = rows.filter(({verdict}) => verdict === 'new' || verdict === 'update')
    const doubted = rows.filter((row) => row.verdict === 'refused' && isDoubt(row.reason))
    const failed = rows.filter((row) => row.verdict === 'refused' && !isDoubt(row.reason))
    for (const {serial} of done) this.log(`Importing token ${serial}`)
    for (const {serial, reason} of failed) this.log(`--- Failed to import token. ${serial}: ${reason ?? ''}`)
    if (doubted.length > 0) this.log(`${notValidated}${pythonList(doubted.map(({serial}) => serial))}`)
    this.log(`Successfully imported ${String(done.length)} tokens.`)
    this.log(`Failed to import ${String(failed.length)} tokens: ${pythonList(failed.map(({serial}) => serial))}`)
  }
}

const notValidated = 'The following tokens were not read from the PSKC file because they could not be validated: '

/** Whether a token was refused because of its MAC. */
function isDoubt(reason: string | undefined): boolean {
  return reason?.includes('MAC') ?? false
}

/** All serials of the file if one of them has a wrong MAC: 3.8 then imports none and names them all. */
async function serialsIfDoubted(file: TokenFile): Promise<string[] | undefined> {
  const serials: string[] = []
  let doubted = false
  for await (const row of file.rows()) {
    serials.push('token' in row ? row.token.serial : (row.serial ?? ''))
    if ('error' in row && isDoubt(row.error)) doubted = true
  }
  return doubted ? serials : undefined
}

/** Serials need no escaping. */
function pythonList(texts: readonly string[]): string {
  return `[${texts.map((text) => `'${text}'`).join(', ')}]`
}
