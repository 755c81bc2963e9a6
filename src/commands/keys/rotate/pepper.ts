import {Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {yes} from '../../../cli/flags/confirm.js'

export default class KeysRotatePepper extends AppCommand<typeof KeysRotatePepper> {
  static override summary =
    'Put a new pepper into the configuration file; administrators are hashed anew as they log in.'
  static override description =
    'The hash of a password cannot be changed without the password, so the earlier pepper stays in PI_PEPPER_PREVIOUS: this ' +
    'tool accepts both and hashes anew when a password was right. An original server knows the new pepper only, and refuses ' +
    'administrators who were not hashed anew: give them new passwords with "admin change". --finish forgets the earlier ones.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --yes', description: 'Begin'},
    {command: '<%= config.bin %> <%= command.id %> --finish --yes', description: 'When everybody has logged in'},
  ]
  static override flags = {
    yes,
    finish: Flags.boolean({description: 'forget the earlier peppers'}),
  }

  async run(): Promise<{file: string; previous: number}> {
    const {finish} = this.flags
    await this.confirm(
      finish ? 'Lock out administrators who have not logged in since?' : 'Change the pepper?',
      this.flags.yes,
    )
    const result = await this.withApp(async (app) => {
      const keys = await app.siteKeys()
      const rotated = finish ? await keys.forgetPeppers() : await keys.rotatePepper()
      await app.audit({action: 'CLI keys rotate pepper', info: finish ? 'finished' : ''})
      return rotated
    })
    this.log(finish ? `Earlier peppers are gone from ${result.file}.` : `New pepper in ${result.file}.`)
    return result
  }
}
