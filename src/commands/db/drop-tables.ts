import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {PiError} from '../../lib/errors.js'

export default class DbDropTables extends AppCommand<typeof DbDropTables> {
  static override summary = 'Drop all tables of privacyIDEA and eduMFA, with everything in them.'
  static override description =
    'Tokens, users, policies and audit are gone afterwards. Needs --dropit yes, and the name of the database typed in ' +
    'on a terminal or --yes. Tables that belong to neither product stay.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --dropit yes --yes',
      description: 'Drop everything without asking, for scripts',
    },
  ]
  static override flags = {
    dropit: Flags.string({char: 'd', description: 'must be "yes"', helpValue: 'yes'}),
    yes,
  }

  async run(): Promise<{dropped: string[]}> {
    if (!['yes', '=yes'].includes(this.flags.dropit ?? '')) {
      if (!this.shim) throw new PiError('USAGE', 'Nothing was dropped.', {hints: ['Add --dropit yes']})
      this.log('Not dropping anything!')
      return {dropped: []}
    }
    return this.withApp(async (app) => {
      const schema = await app.schema()
      await this.#confirmByName(() => schema.name())
      if (this.shim) this.log('Dropping all database tables!')
      const dropped = await schema.dropTables()
      if (!this.shim) this.log(`Dropped ${dropped.length} tables.`)
      return {dropped}
    })
  }

  async #confirmByName(name: () => Promise<string>): Promise<void> {
    if (this.flags.yes || this.shim) return
    if (!process.stdin.isTTY) return this.confirm('', false)
    const {askText} = await import('../../cli/prompt.js')
    const wanted = await name()
    const typed = await askText(`Everything in the database ${wanted} will be lost. Type its name to go on`)
    if (typed !== wanted) throw new PiError('INTERRUPTED', 'Nothing was changed.')
  }
}
