import {AppCommand} from '../../cli/app-command.js'
import {backupFolder} from '../../cli/flags/backup.js'
import {output} from '../../cli/flags/output.js'
import {ageText, sizeText} from '../../cli/render/size.js'
import type {ListedBackup} from '../../lib/services/backup/index.js'

export default class BackupList extends AppCommand<typeof BackupList> {
  static override summary = 'List the backups of a folder.'
  static override description = 'Newest first, by the time in their names. Backups of the originals are listed, too.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      command: '<%= config.bin %> <%= command.id %> --directory /backup --json',
      description: 'Another folder, for scripts',
    },
  ]
  static override flags = {...output, directory: backupFolder}

  async run(): Promise<{backups: (Omit<ListedBackup, 'at'> & {at: string})[]}> {
    const backups = await this.withApp(async (app) => {
      const {product} = await app.settings()
      return (await app.backups()).list(this.flags.directory ?? `/var/lib/${product}/backup`, new Date())
    })
    await this.showRows(backups, [
      {header: 'File', get: ({file}) => file},
      {header: 'Kind', get: ({kind}) => kind},
      {header: 'Age', get: ({ageSeconds}) => ageText(ageSeconds)},
      {header: 'Size', get: ({bytes}) => sizeText(bytes)},
      {header: 'Encrypted', get: ({encrypted}) => (encrypted ? 'yes' : 'no')},
      {header: 'Made by', get: ({madeBy}) => madeBy},
    ])
    return {backups: backups.map(({at, ...rest}) => ({...rest, at: at.toISOString()}))}
  }
}
