import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {attachmentColumns} from '../../cli/render/attachment-columns.js'
import {output} from '../../cli/flags/output.js'
import type {ListedMachineToken} from '../../lib/services/machines.js'

export default class MachineList extends AppCommand<typeof MachineList> {
  static override summary = 'List tokens that are attached to computers.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --hostname gandalf', description: 'Those of one computer'},
    {command: '<%= config.bin %> <%= command.id %> --application ssh --json', description: 'SSH keys, for scripts'},
  ]
  static override flags = {
    ...output,
    application: Flags.string({description: 'ssh, luks or offline', helpValue: 'NAME'}),
    hostname: Flags.string({description: 'computer, by a name in a hosts file', helpValue: 'HOST'}),
    'machine-id': Flags.string({description: 'computer, by its id', exclusive: ['hostname'], helpValue: 'ID'}),
    'machine-resolver': Flags.string({description: 'machine resolver', helpValue: 'NAME'}),
    serial: Flags.string({description: 'only this token', helpValue: 'SERIAL'}),
  }

  async run(): Promise<{attachments: ListedMachineToken[]}> {
    const {flags} = this
    const attachments = await this.withApp(async (app) =>
      (await app.machines()).list({
        application: flags.application,
        hostname: flags.hostname,
        machineId: flags['machine-id'],
        resolver: flags['machine-resolver'],
        serial: flags.serial,
      }),
    )
    await this.showRows(attachments, attachmentColumns)
    return {attachments}
  }
}
