import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {ImportProgressBar} from '../../cli/import-progress.js'
import {readPinFile} from '../../cli/pin-file.js'
import {tokenFile, tokenFileOptions} from '../../cli/flags/token-file.js'
import {RowStream} from '../../cli/render/row-stream.js'
import {ReportFile} from '../../cli/report-file.js'
import {openTokenFile} from '../../importers/open.js'
import {PiError} from '../../lib/errors.js'
import type {ImportOptions, ImportRow, ImportSummary} from '../../lib/services/import-tokens/index.js'

/** What a dry run shows of a row. */
const columns = [
  {header: 'line', get: (row: ImportRow) => row.line},
  {header: 'serial', get: (row: ImportRow) => row.serial},
  {header: 'type', get: (row: ImportRow) => row.type},
  {header: 'verdict', get: (row: ImportRow) => row.verdict},
  {header: 'reason', get: (row: ImportRow) => row.reason},
]

/** Bad rows that are named on a terminal; all of them are in the report. */
const shownProblems = 50

export default class ImportTokensCommand extends AppCommand<typeof ImportTokensCommand> {
  static override aliases = ['token:import']
  static override summary = 'Import tokens from a seed file.'
  static override description =
    'The format is recognised by its content. The whole file is read before anything is written; a bad row is refused ' +
    'with its line and the reason, and the others go in. A serial that exists is refused unless --existing says otherwise, ' +
    'and a counter never goes back. Ends with 7 when a row was refused.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> seeds.csv --dry-run', description: 'Try it first'},
    {
      command: '<%= config.bin %> <%= command.id %> vendor.xml --preshared-key-file psk.txt --realm corp',
      description: 'Import an encrypted PSKC file into a realm',
    },
    {
      command: 'gpg -d seeds.csv.gpg | <%= config.bin %> <%= command.id %> - --atomic --report report.jsonl',
      description: 'All rows or none, from a pipe, with a report',
    },
  ]
  static override args = {
    file: Args.string({description: 'token file, or - for standard input', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...tokenFile,
    'dry-run': dryRun,
    atomic: Flags.boolean({description: 'import all rows or none'}),
    'on-error': Flags.option({
      options: ['skip', 'stop'] as const,
      description: 'what a bad row does: it alone is left out (skip), or nothing is imported (stop, like --atomic)',
    })(),
    existing: Flags.option({
      options: ['fail', 'skip', 'update', 'overwrite'] as const,
      default: 'fail' as const,
      aliases: ['on-existing'],
      description: 'what happens to a serial that exists already',
    })(),
    'allow-counter-rollback': Flags.boolean({description: 'let a counter of the file replace a higher one'}),
    realm: Flags.string({
      aliases: ['tokenrealm', 'tokenrealms', 'token-realm'],
      char: 't',
      description: 'realm to put the tokens into; may be repeated, or a list with commas',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'user-realm': Flags.string({description: 'realm of users whom the file names without one', helpValue: 'REALM'}),
    'create-missing': Flags.boolean({
      description: 'make the realms and token groups that a dump names and that do not exist',
    }),
    'ignore-users': Flags.boolean({
      aliases: ['no-user'],
      description: 'do not assign the tokens to the users that the file names',
    }),
    description: Flags.string({description: 'description of tokens for which the file has none (default: imported)'}),
    'set-info': Flags.string({
      description: 'tokeninfo that every token gets; may be repeated',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'pin-file': Flags.string({
      description: 'file with OTP PINs: SERIAL,PIN in each line, serials as in the token file',
      helpValue: 'FILE',
    }),
    'rename-serial': Flags.string({
      description: 'serials to store: a text with {serial}, {type}, {line}, or /REGEX/REPLACEMENT/',
      helpValue: 'PATTERN',
    }),
    limit: Flags.integer({description: 'import only the first N records', helpValue: 'N', min: 1}),
    resume: Flags.string({
      aliases: ['journal'],
      description: 'journal of the import: begun when it does not exist, otherwise the import goes on where it ended',
      exclusive: ['atomic', 'dry-run'],
      helpValue: 'FILE',
    }),
    report: Flags.string({
      description: 'write what became of each record into this file, as JSON lines',
      helpValue: 'FILE',
    }),
    'show-secrets': Flags.boolean({description: 'show the secrets in the result'}),
  }

  #problems = 0

  async run(): Promise<{format: string; rows: ImportRow[]; summary: ImportSummary}> {
    const {flags} = this
    const home = () =>
      this.withApp(async (app) => (await app.settings()).path('PI_GNUPG_HOME') ?? '/etc/privacyidea/gpg')
    const file = await openTokenFile(
      this.args.file,
      tokenFileOptions(flags, (message) => this.notice(message), home),
    )
    const rows: ImportRow[] = []
    const report = flags.report === undefined ? undefined : new ReportFile(flags.report)
    const list = flags['dry-run'] && !this.jsonEnabled() ? this.#listing() : undefined
    const json = this.jsonEnabled()
    const progress = new ImportProgressBar(flags.quiet)
    const options: ImportOptions = {
      ...this.#options(),
      onProgress: (state) => progress.show(state),
      refusedOnly: !json && !report && !list,
      onRow: (row) => {
        report?.push(row)
        list?.push([row])
        if (json) rows.push(row)
        else if (!list) this.#showProblem(row)
      },
    }
    try {
      const {format, summary} = await this.withApp(async (app) => (await app.importTokens()).run(file, options))
      await progress.stop()
      list?.end()
      if (this.#problems > shownProblems) this.notice(`… and ${String(this.#problems - shownProblems)} more`)
      if (!this.jsonEnabled()) this.#conclude(format, summary)
      if (summary.refused > 0) process.exitCode = exitCodes.PARTIAL
      return {format, rows, summary}
    } finally {
      await progress.stop()
      report?.close()
    }
  }

  #options(): ImportOptions {
    const {flags} = this
    const realms = (flags.realm ?? []).flatMap((text) => text.split(',')).map((name) => name.trim())
    return {
      dryRun: flags['dry-run'],
      atomic: flags.atomic || flags['on-error'] === 'stop',
      existing: flags.existing,
      allowCounterRollback: flags['allow-counter-rollback'],
      realms: realms.filter((name) => name !== ''),
      userRealm: flags['user-realm'],
      ignoreUsers: flags['ignore-users'],
      createMissing: flags['create-missing'],
      description: flags.description,
      info: Object.fromEntries((flags['set-info'] ?? []).map(readPair)),
      pins: flags['pin-file'] === undefined ? undefined : readPinFile(flags['pin-file']),
      renameSerial: flags['rename-serial'],
      limit: flags.limit,
      journal: flags.resume,
      showSecrets: flags['show-secrets'],
    }
  }

  #listing(): RowStream<ImportRow> {
    const secret = {header: 'secret', get: (row: ImportRow) => row.secret}
    return new RowStream<ImportRow>({
      format: 'table',
      columns: this.flags['show-secrets'] ? [...columns, secret] : columns,
      key: 'rows',
      toJson: (row) => row,
      fancy: process.stdout.isTTY,
      write: (text) => process.stdout.write(text),
    })
  }

  #showProblem({line, serial, verdict, reason}: ImportRow): void {
    if (verdict !== 'refused') return
    this.#problems += 1
    if (this.#problems > shownProblems) return
    const name = this.args.file === '-' ? 'standard input' : this.args.file
    process.stderr.write(`${name}, line ${String(line)}${serial ? `, ${serial}` : ''}: ${reason ?? ''}\n`)
  }

  #conclude(format: string, summary: ImportSummary): void {
    const parts = [
      `${String(summary.new)} new`,
      `${String(summary.update)} updated`,
      `${String(summary.skip)} left out`,
      `${String(summary.refused)} refused`,
    ]
    const counts = `${parts.join(', ')} (${format}, ${String(summary.total)} records).`
    // The rows of a dry run are the result; what is said about them stays away from it.
    if (this.flags['dry-run']) this.notice(`Nothing was written. It would be: ${counts}`)
    else this.log(`Done: ${counts}`)
  }
}

function readPair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new PiError('USAGE', '--set-info takes KEY=VALUE.')
  return [text.slice(0, at).trim(), text.slice(at + 1)]
}
