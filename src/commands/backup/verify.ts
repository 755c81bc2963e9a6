import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {openBackup, openWith} from '../../cli/flags/backup.js'
import {sizeText} from '../../cli/render/size.js'
import {StageProgress} from '../../cli/stage-progress.js'
import type {VerifiedBackup} from '../../lib/services/backup/index.js'

export default class BackupVerify extends AppCommand<typeof BackupVerify> {
  static override summary = 'Check whether a backup can be restored.'
  static override description =
    'Reads the backup to its end, compares hashes and counts, looks at the form of every row and decrypts one value of each ' +
    'kind, with the key in the backup or that of the installation. With --scratch it is restored into a temporary SQLite ' +
    'file, read back and compared.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> privacyidea-backup-20260101-0300.tgz',
    {
      command: '<%= config.bin %> <%= command.id %> backup.tgz --scratch-uri postgresql://pi@localhost/scratch',
      description: 'Restore it into an empty database of another kind',
    },
  ]
  static override args = {file: Args.string({description: 'the backup', ignoreStdin: true, required: true})}
  static override flags = {
    ...openBackup,
    scratch: Flags.boolean({description: 'restore it into a temporary SQLite file'}),
    'scratch-uri': Flags.string({
      description: 'restore it into this empty database',
      exclusive: ['scratch'],
      helpValue: 'URI',
    }),
  }

  async run(): Promise<VerifiedBackup> {
    const {args, flags} = this
    const uri = flags['scratch-uri']
    const progress = new StageProgress({quiet: flags.quiet})
    const found = await this.withApp(async (app) =>
      (await app.backups()).verify({
        enckeyFile: flags.enckey,
        file: args.file,
        keys: openWith(flags),
        onProgress: (state) => void progress.show(state),
        scratch: uri === undefined ? (flags.scratch ? 'sqlite' : undefined) : {uri},
      }),
    )
    progress.stop()
    this.log(
      `${found.file} is whole: ${found.rows} rows of ${found.tables} tables (${sizeText(found.bytes)}), ${found.files} files, made ${found.created}.`,
    )
    if (found.decrypted === null) this.notice('Nothing was decrypted: there is no encryption key in it, and none here.')
    else this.log(`${found.decrypted} encrypted values, one of each kind, were decrypted.`)
    if (found.restored) this.log('It was restored into a scratch database and read back.')
    return found
  }
}
