import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {backupFolder, sealBackup, sealFor} from '../../cli/flags/backup.js'
import {sizeText} from '../../cli/render/size.js'
import {StageProgress} from '../../cli/stage-progress.js'
import type {CreatedBackup} from '../../lib/services/backup/index.js'

export default class BackupCreate extends AppCommand<typeof BackupCreate> {
  static override summary = 'Back up the database and the configuration.'
  static override description =
    'Writes one archive that only its owner can read: every table as it is at one moment, while the server goes on, and ' +
    'the files of the configuration. Without --enckey or --keys the encryption key is left out, as the originals do, and ' +
    'has to be kept elsewhere: without it no token of the backup is of any use.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Into /var/lib/privacyidea/backup, without the encryption key',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --directory /backup --keys separate --recipient admin.asc',
      description: 'Encrypted for an OpenPGP key, the key files in an archive of their own',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --enckey --password-file /root/backup.pw',
      description: 'Everything in one archive under a password',
    },
  ]
  static override flags = {
    ...sealBackup,
    directory: backupFolder,
    output: Flags.string({
      char: 'o',
      description: 'file to write, instead of a name with the time',
      helpValue: 'FILE',
      exclusive: ['directory'],
    }),
    'conf-dir': Flags.string({
      aliases: ['config-dir'],
      char: 'c',
      description: 'folder of the configuration (default: where the configuration file lies)',
      helpValue: 'DIR',
    }),
    'radius-directory': Flags.string({
      aliases: ['radius-dir'],
      char: 'r',
      description: 'further folder to back up, as that of FreeRADIUS',
      helpValue: 'DIR',
    }),
    enckey: Flags.boolean({
      char: 'e',
      description: 'put the encryption key into the archive, as --keys included',
      exclusive: ['keys'],
    }),
    keys: Flags.option({
      options: ['audit', 'included', 'excluded', 'separate'] as const,
      description: 'key files: the audit keys only (default), all, none, or all in an archive of their own',
    })(),
    'without-audit': Flags.boolean({description: 'leave the rows of the audit log out'}),
    'lock-table-strategy': Flags.string({
      char: 'l',
      description: 'ignored: a backup locks nothing',
      hidden: true,
    }),
  }

  async run(): Promise<CreatedBackup> {
    const flags = this.flags as Omit<typeof this.flags, 'enckey'> & {enckey?: unknown}
    const seal = await sealFor(flags)
    const progress = new StageProgress({quiet: flags.quiet})
    const made = await this.withApp(async (app) => {
      const settings = await app.settings()
      const database = settings.text('SQLALCHEMY_DATABASE_URI') ?? ''
      if (this.shim && database.startsWith('sqlite'))
        this.log(`Backup SQLite ${database.replace(/^sqlite:\/\/\//, '')}`)
      const radius = flags['radius-directory']
      return (await app.backups()).create(settings, {
        confDirectory: flags['conf-dir'],
        directory: flags.directory,
        folders: radius === undefined ? [] : [radius],
        keys: flags.enckey === true ? 'included' : (flags.keys ?? 'audit'),
        now: new Date(),
        onProgress: (state) => void progress.show(state),
        output: flags.output,
        seal,
        signal: this.interruption,
        withoutAudit: flags['without-audit'],
      })
    })
    progress.stop()
    if (this.shim) return made
    this.log(
      `Backup written to file ${made.file}: ${made.rows} rows of ${made.tables} tables (${sizeText(made.bytes)}), ${made.files} files.`,
    )
    if (made.keysFile !== null) this.log(`Key files written to file ${made.keysFile}.`)
    else if (!made.enckey) this.notice('The encryption key is not in it: keep a copy elsewhere, or add --enckey.')
    return made
  }
}
