import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {yes} from '../../cli/flags/confirm.js'
import {StageProgress} from '../../cli/stage-progress.js'
import {PiError} from '../../lib/errors.js'
import {
  BrokenValuesError,
  parseTarget,
  type BrokenValue,
  type KeyRotationService,
  type RotationPreview,
  type RotationReport,
} from '../../lib/services/key-rotation/index.js'

const warning = [
  'What runs meanwhile:',
  '  pi-manage validate serve and other pi-manage commands on this machine go on working: they use both keys.',
  '  An original server (privacyIDEA, eduMFA) knows the old keys only: from now on it fails to read what was brought over.',
  '  Stop it now, or accept failing logins, and start it again when this command has ended. What it still writes under the',
  '  old keys until then is found and brought over. Other nodes need the new keys before they start again, too.',
].join('\n')

type Outcome = RotationReport | RotationPreview | {rotation: RotationReport | null}

export default class EnckeyRotate extends AppCommand<typeof EnckeyRotate> {
  static override summary = 'Bring every encrypted value under new keys: in the key file, or in or out of an HSM.'
  static override description =
    'Makes new keys, re-encrypts every value of every table, verifies all of them under the new keys alone, and then ' +
    'switches key file or configuration. It refuses to begin while a value does not decrypt. It can be cut off at any ' +
    'point and resumed, or taken back with --abort. Keys that were in a file are kept beside it, sealed by the new ones ' +
    '(enckey unseal). Without --to the keys change and stay where they are.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'New keys in the same key file or token'},
    {
      command:
        '<%= config.bin %> <%= command.id %> --to aes-hsm:module=/usr/lib/softhsm/libsofthsm2.so,token=pi --new-password-file /etc/privacyidea/pin',
      description: 'From a key file into a PKCS#11 token',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --to file:/etc/privacyidea/enckey2',
      description: 'Back to a key file',
    },
    {command: '<%= config.bin %> <%= command.id %> --resume', description: 'Go on after a crash'},
  ]
  static override flags = {
    yes,
    'dry-run': dryRun,
    to: Flags.string({
      description: 'where the new keys are to be: file:PATH, encrypted-file:PATH, aes-hsm:…, encrypt-key-hsm:…',
      helpValue: 'MODULE',
    }),
    'new-password-file': Flags.string({
      description: 'file with the password or PIN of the new keys; it must stay where it is for an HSM',
      helpValue: 'FILE',
    }),
    quarantine: Flags.boolean({description: 'list values that do not decrypt, and leave them as they are'}),
    resume: Flags.boolean({
      description: 'go on with the rotation that was cut off',
      exclusive: ['abort', 'status', 'to'],
    }),
    abort: Flags.boolean({description: 'bring everything back under the old keys', exclusive: ['status', 'to']}),
    status: Flags.boolean({description: 'show the rotation that is under way, or the last one', exclusive: ['to']}),
    grace: Flags.integer({
      default: 3,
      description: 'seconds for what is under way elsewhere to end, after the switch',
      max: 86_400,
      min: 0,
    }),
    wait: Flags.integer({default: 0, description: 'seconds to wait for another run', min: 0}),
  }

  async run(): Promise<Outcome> {
    const {flags} = this
    const progress = new StageProgress({quiet: flags.quiet})
    try {
      return await this.withApp(async (app) => {
        const service = await app.keyRotation({
          askNewPassword: async () =>
            (await import('../../cli/prompt.js')).askPassword('Password or PIN of the new keys', {twice: true}),
          onProgress: (state) => void progress.show(state),
          signal: this.interruption,
        })
        if (flags.status) return this.#status(service)
        if (flags.resume || flags.abort) return this.#goOn(service)
        return this.#start(service)
      })
    } catch (error) {
      if (error instanceof BrokenValuesError) this.#list(error.broken)
      if (error instanceof PiError && error.code === 'INTERRUPTED')
        this.notice('Go on with enckey rotate --resume, or go back with --abort.')
      throw error
    } finally {
      progress.stop()
    }
  }

  async #start(service: KeyRotationService): Promise<Outcome> {
    const {flags} = this
    const target = parseTarget(flags.to, process.cwd())
    const newPasswordFile = flags['new-password-file']
    if (flags['dry-run']) {
      const preview = await service.preview(target, {newPasswordFile})
      this.#list(preview.broken)
      this.log(`${preview.values} encrypted values would go from ${preview.from} to ${preview.to}.`)
      for (const file of preview.changes) this.log(`Would change: ${file}`)
      for (const file of preview.removes) this.log(`Would be sealed and removed: ${file}`)
      if (preview.broken.length > 0) process.exitCode = exitCodes.INTEGRITY
      return preview
    }
    this.notice(warning)
    await this.confirm('Rotate the keys now?', flags.yes)
    return this.#done(await service.start(target, {...this.#options(), newPasswordFile}))
  }

  async #goOn(service: KeyRotationService): Promise<Outcome> {
    if (this.flags.abort) {
      await this.confirm('Bring everything back under the old keys?', this.flags.yes)
      return this.#done(await service.abort(this.#options()))
    }
    return this.#done(await service.resume(this.#options()))
  }

  #options(): {graceMs: number; quarantine: boolean; waitSeconds: number} {
    const {grace, quarantine, wait} = this.flags
    return {graceMs: grace * 1000, quarantine, waitSeconds: wait}
  }

  #status(service: KeyRotationService): Outcome {
    const report = service.status()
    if (!report) this.log('The keys were never rotated.')
    else this.#show(report)
    return {rotation: report ?? null}
  }

  #done(report: RotationReport): RotationReport {
    if (report.phase === 'aborted') this.log('The rotation was taken back: everything is under the old keys.')
    else this.log(`${report.rewritten} values were brought under the new keys.`)
    for (const file of Object.values(report.sealed ?? {})) this.log(`Keys no longer used, sealed: ${file}`)
    if (report.quarantined > 0) {
      this.log(`${report.quarantined} values that do not decrypt were left as they are: ${report.quarantineFile}`)
      process.exitCode = exitCodes.PARTIAL
    }
    return report
  }

  #show(report: RotationReport): void {
    this.log(`Run ${report.runId}: ${report.phase}, begun ${report.startedAt} on ${report.host}`)
    this.log(
      `From ${report.from} (${report.fingerprints.from.token}) to ${report.to} (${report.fingerprints.to.token})`,
    )
    this.log(`${report.rewritten} values brought over, ${report.quarantined} in quarantine`)
  }

  #list(broken: readonly BrokenValue[]): void {
    for (const {table, column, id} of broken) this.notice(`${table}.${column} of ${id} does not decrypt.`)
  }
}
