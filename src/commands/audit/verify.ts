import {Flags} from '@oclif/core'
import {availableParallelism} from 'node:os'
import {AppCommand} from '../../cli/app-command.js'
import {verifyReport} from '../../cli/audit/verify-report.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {readInputText} from '../../cli/input-text.js'
import {startProgress, type Progress} from '../../cli/progress.js'
import type {VerifyResult} from '../../lib/services/audit-verify/index.js'

export default class AuditVerify extends AppCommand<typeof AuditVerify> {
  static override summary = 'Verify the signatures of the audit log, and find missing rows.'
  static override description =
    'Each row is verified with the public key in use and with those that keys rotate audit kept. Missing ids are explained ' +
    'by recorded rotations, the last checkpoint, the increment of a cluster, or the cache of a sequence; all others are ' +
    'reported. Rows that were cut off at the beginning or the end are found when there is a checkpoint (audit checkpoint). ' +
    'Ends with status 3 when something is wrong. The columns resolver, policies, thread_id, authentication and user_agent ' +
    'are not signed by the server, and cannot be verified.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'All rows, with all processors'},
    {
      command: '<%= config.bin %> <%= command.id %> --resume /var/tmp/verify.state',
      description: 'To be interrupted, and gone on with by the same command',
    },
  ]
  static override flags = {
    threads: Flags.integer({description: 'threads that verify (default: one a processor)', min: 1, max: 64}),
    resume: Flags.string({description: 'file with what was verified so far', helpValue: 'FILE'}),
    evidence: Flags.string({
      description: 'another file with checkpoints and rotations, e.g. a copy kept elsewhere; may be repeated',
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'public-key': Flags.string({
      description: 'another public key, PEM; may be repeated',
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'old-signatures': Flags.boolean({
      allowNo: true,
      description: 'take signatures of old releases too (default: PI_CHECK_OLD_SIGNATURES)',
    }),
    increment: Flags.integer({description: 'distance of ids in a cluster (default: as the database says)', min: 1}),
  }

  async run(): Promise<VerifyResult> {
    const {flags} = this
    const keys = await Promise.all((flags['public-key'] ?? []).map((file) => readInputText(file)))
    let progress: Promise<Progress> | undefined
    const result = await this.withApp(async (app) =>
      (await app.auditVerify()).verify({
        threads: flags.threads ?? availableParallelism(),
        resume: flags.resume,
        evidence: flags.evidence ?? [],
        keys,
        allowOld: flags['old-signatures'],
        increment: flags.increment,
        signal: this.interruption,
        onStart: (total) => (progress = startProgress('ids', {quiet: flags.quiet, total})),
        onProgress: (ids) => void progress?.then((bar) => bar.advance(ids)),
      }),
    ).finally(() => progress?.then((bar) => bar.stop()))
    for (const line of verifyReport(result)) this.log(line)
    if (!result.ok) process.exitCode = exitCodes.INTEGRITY
    return result
  }
}
