import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class AuditCheckpoint extends AppCommand<typeof AuditCheckpoint> {
  static override summary = 'State, signed, which rows the audit log holds.'
  static override description =
    'Rows that are deleted afterwards, also at the beginning or the end, are found by audit verify, unless a rotation was ' +
    'recorded. The statement is added to a file beside the public audit key; keep copies of it on another machine, since ' +
    'whoever can write it can remove its end.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --quiet', description: 'For cron, daily'},
    {
      command: '<%= config.bin %> <%= command.id %> --accept-gaps',
      description: 'The first one, after rotations by other programs',
    },
  ]
  static override flags = {
    'accept-gaps': Flags.boolean({description: 'take rows that are missing now as known'}),
  }

  async run(): Promise<{rows: number; firstId: number | null; lastId: number | null; file: string; accepted: number}> {
    const {checkpoint, file, accepted} = await this.withApp(async (app) =>
      (await app.auditVerify()).checkpoint({acceptGaps: this.flags['accept-gaps']}),
    )
    const {rows, firstId, lastId} = checkpoint
    this.log(`Checkpoint of ${rows} rows up to id ${lastId ?? 0} added to ${file}.`)
    if (accepted > 0) this.notice(`${accepted} missing rows are taken as known from now on.`)
    return {rows, firstId, lastId, file, accepted}
  }
}
