import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {PiError} from '../../lib/errors.js'
import type {ListedMachineToken} from '../../lib/services/machines.js'

export default class MachineDetach extends AppCommand<typeof MachineDetach> {
  static override summary = 'Detach a token from computers.'
  static override description = 'One attachment by its id, or all of a token that meet the flags.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --id 3 --yes', description: 'One attachment'},
    {
      command: '<%= config.bin %> <%= command.id %> SSHK0001 --application ssh --hostname gandalf',
      description: 'From one computer',
    },
  ]
  static override args = {serial: Args.string({description: 'serial of the token', ignoreStdin: true})}
  static override flags = {
    application: Flags.string({description: 'ssh, luks or offline', helpValue: 'NAME'}),
    'dry-run': dryRun,
    hostname: Flags.string({description: 'computer, by a name in a hosts file', helpValue: 'HOST'}),
    id: Flags.integer({description: 'id of the attachment, see machine list', min: 1}),
    'machine-id': Flags.string({description: 'computer, by its id', exclusive: ['hostname'], helpValue: 'ID'}),
    yes,
  }

  async run(): Promise<{detached: ListedMachineToken[]}> {
    const {flags} = this
    const {serial} = this.args
    if (serial === undefined && flags.id === undefined) throw new PiError('USAGE', 'Name a token, or give --id.')
    const filter = {
      application: flags.application,
      hostname: flags.hostname,
      id: flags.id,
      machineId: flags['machine-id'],
      serial,
    }
    return this.withApp(async (app) => {
      const machines = await app.machines()
      const found = await machines.detach(filter, {dryRun: true})
      if (!flags['dry-run']) {
        await this.confirm(`Detach ${found.length} times?`, flags.yes)
        await machines.detach(filter)
      }
      for (const {application, machineId, serial: token} of found)
        this.log(
          `${flags['dry-run'] ? 'Would detach' : 'Detached'} ${token} from ${machineId ?? 'any machine'} (${application}).`,
        )
      return {detached: found}
    })
  }
}
