import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {caName} from '../../cli/flags/ca.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'

export default class CaDelete extends AppCommand<typeof CaDelete> {
  static override summary = 'Delete a CA connector.'
  static override description = 'The folder of a local CA, with its key and certificates, is left as it is.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> oldCA --yes', description: 'Without asking'},
  ]
  static override args = {name: caName}
  static override flags = {
    'dry-run': dryRun,
    force: Flags.boolean({description: 'also when certificate tokens are of this CA'}),
    yes,
  }

  async run(): Promise<{deleted: string; dryRun?: boolean}> {
    const {force} = this.flags
    return this.withApp(async (app) => {
      const authorities = await app.authorities()
      const {name, settings} = await authorities.get(this.args.name)
      if (this.flags['dry-run']) {
        await authorities.requireDeletable(name, {force})
        this.log(`Would delete the CA connector ${name}.`)
        return {deleted: name, dryRun: true}
      }
      await this.confirm(`Delete the CA connector ${name}?`, this.flags.yes)
      await authorities.delete(name, {force})
      await app.audit({action: 'CLI ca delete', info: name})
      this.log(`Deleted the CA connector ${name}.`)
      if (settings['WorkingDir']) this.notice(`Its folder ${settings['WorkingDir']} is left as it is.`)
      return {deleted: name}
    })
  }
}
