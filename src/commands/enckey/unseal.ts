import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class EnckeyUnseal extends AppCommand<typeof EnckeyUnseal> {
  static override summary = 'Get keys back that a rotation sealed, e.g. to read an older backup.'
  static override description =
    'A rotation keeps the keys that it replaced, encrypted by those that took their place. This writes them as a key file ' +
    '(mode 0400), which must not exist yet; use it with --enckey.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> /etc/privacyidea/enckey.old-1f2e.sealed -o /root/old-enckey',
      description: 'For a backup from before the rotation',
    },
  ]
  static override args = {
    sealed: Args.string({description: 'file that a rotation left', ignoreStdin: true, required: true}),
  }
  static override flags = {
    outfile: Flags.string({char: 'o', description: 'key file to be made', helpValue: 'FILE', required: true}),
  }

  async run(): Promise<{file: string}> {
    const {outfile} = this.flags
    await this.withApp(async (app) => (await app.keyCopies()).unseal(this.args.sealed, outfile))
    this.log(`Key written to ${outfile} (mode 0400).`)
    return {file: outfile}
  }
}
