import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {rotationLines, rotationMode, rotationSummary, type RotationFlags} from '../../cli/audit/rotation.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {readInputText} from '../../cli/input-text.js'
import {startProgress} from '../../cli/progress.js'
import {PiError} from '../../lib/errors.js'
import type {AuditRotationService, RotateResult} from '../../lib/services/audit-rotation/index.js'
import type {RotationMode, RotationStep} from '../../lib/services/audit-rotation/run.js'

export default class AuditRotate extends AppCommand<typeof AuditRotate> {
  static override summary = 'Delete old rows of the audit log.'
  static override description =
    'By a rule file (--rules), by age, or, without either, by watermarks: when there are more rows than --highwatermark, ' +
    'only the newest --lowwatermark stay. Rows go in small transactions, so that logins are not held up. Which rows went is ' +
    'recorded and signed beside the public audit key, and audit verify takes it into account; the check of missing lines ' +
    'of the server itself will report the neighbours of deleted rows. A rule file is a YAML list of rules with rotate: ' +
    'DAYS and COLUMN: PATTERN; the first rule whose patterns are all found in a row decides about it.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --age 180', description: 'What is older than 180 days'},
    {
      command: '<%= config.bin %> <%= command.id %> --config audit.yaml --archive /var/backups/audit',
      description: 'By rules, and keep the rows in compressed files',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --highwatermark 50000 --lowwatermark 25000 --dry-run',
      description: 'How many rows would go',
    },
  ]
  static override flags = {
    config: Flags.string({
      aliases: ['rules'],
      description: 'rule file (here --config does not mean the configuration file: that is --pi-config)',
      helpValue: 'YAML',
    }),
    'pi-config': Flags.string({
      char: 'C',
      description: "configuration file of the installation (default: the originals' places)",
      env: 'PI_MANAGE_CONFIG',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    age: Flags.string({description: 'delete rows older than so many days', helpValue: 'DAYS'}),
    highwatermark: Flags.string({
      aliases: ['hw', 'high'],
      description: 'do nothing up to so many rows (default: 10000)',
      helpValue: 'N',
    }),
    lowwatermark: Flags.string({
      aliases: ['lw', 'low'],
      description: 'rows that stay (default: 5000)',
      helpValue: 'N',
    }),
    'strict-compat': Flags.boolean({
      description: 'cut by ids as the original does: with gaps fewer rows stay, without gaps one more',
    }),
    'null-as-none': Flags.boolean({description: 'an absent value reads as None in patterns, as since 3.10'}),
    archive: Flags.string({description: 'folder for the rows, compressed, before they are deleted', helpValue: 'DIR'}),
    'chunk-size': Flags.string({
      aliases: ['chunksize'],
      description: 'rows a transaction (default: 1000)',
      helpValue: 'N',
    }),
    'pause-ms': Flags.integer({default: 5, description: 'milliseconds between two transactions', min: 0}),
    debug: Flags.boolean({description: 'say of each row how the rules judge it'}),
    'dry-run': dryRun,
    yes,
  }

  protected override configFile(): string | undefined {
    return this.flags['pi-config']
  }

  async run(): Promise<RotateResult & {dryRun?: true}> {
    const {flags} = this
    const {mode, banner} = rotationMode(flags as RotationFlags, {shim: this.shim})
    const chunkSize = this.#chunkSize()
    const dry = flags['dry-run'] ?? false
    const result = await this.withApp(async (app) => {
      const rotation = await app.auditRotation()
      rotation.checkModule()
      this.log(banner)
      const chosen = mode ?? (await this.#rules(rotation))
      if (!dry) await this.confirm('Delete these rows of the audit log?', flags.yes || !process.stdin.isTTY)
      const progress = await startProgress('rows', {quiet: flags.quiet || this.shim})
      try {
        const done = await rotation.rotate({
          mode: chosen,
          archive: flags.archive,
          chunkSize,
          pauseMs: flags['pause-ms'],
          dryRun: dry,
          explain: flags.debug || this.shim,
          onStep: (step) => this.#show(step),
          onProgress: (rows) => progress.advance(rows),
          signal: this.interruption,
        })
        if (!dry && done.rows > 0) {
          const detail = `${done.rows} rows, ids ${done.firstId} to ${done.lastId}`
          this.tellAudit({info: `by ${done.mode}`, detail})
        }
        return done
      } finally {
        progress.stop()
      }
    })
    for (const line of rotationSummary(result, {dryRun: dry, shim: this.shim})) this.log(line)
    if (result.archive !== undefined) this.log(`Archive: ${result.archive}`)
    if (this.interruption.aborted) throw new PiError('INTERRUPTED', 'Interrupted; what was deleted is deleted.')
    return {...result, ...(dry && {dryRun: true as const})}
  }

  /** The original ends every failure with 1; scripts know no other status. */
  protected override async catch(error: Error): Promise<void> {
    await super.catch(error)
    if (this.shim) process.exitCode = 1
  }

  async #rules(rotation: AuditRotationService): Promise<RotationMode> {
    const rules = await rotation.readRules(await readInputText(this.flags.config), {lenient: this.shim})
    return {kind: 'rules', rules, nullText: this.flags['null-as-none'] ? 'None' : ''}
  }

  #chunkSize(): number | undefined {
    const text = this.flags['chunk-size']
    if (text === undefined || text === '') return undefined
    const size = /^\s*\+?\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN
    // The original finds out when it has printed the first lines.
    if (Number.isNaN(size) || (size < 1 && !this.shim) || size > 10_000) {
      throw new PiError('USAGE', `--chunk-size must be a whole number from 1 to 10000, not '${text}'.`)
    }
    return size
  }

  #show(step: RotationStep): void {
    if (step.step !== 'judged') this.log(rotationLines(step).join('\n'))
    else if (this.shim) this.log(step.line)
    else process.stderr.write(`${step.line}\n`)
  }
}
