import {Flags} from '@oclif/core'
import {AppCommand} from '../cli/app-command.js'
import {writeOutputFile} from '../cli/output-file.js'
import {diagnose, type Diagnosis} from '../lib/services/diagnosis.js'

export default class Diag extends AppCommand<typeof Diag> {
  static override summary = 'Collect facts about the installation for those who help with it, without secrets.'
  static override description = `System, names of settings, schema, numbers of rows, and the configuration objects with __CENSORED__ for secrets. Of a setting only
what is known to be harmless is shown. Logs and files of other programs are not read. Look at it before you send it: names
of users, realms and servers are in it.`
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> -o diag.yaml',
      description: 'To a file that only its owner can read',
    },
    {command: '<%= config.bin %> <%= command.id %> --json', description: 'To standard output'},
  ]
  static override flags = {
    output: Flags.string({char: 'o', description: 'file to write (default: standard output)', helpValue: 'FILE'}),
  }

  async run(): Promise<Diagnosis> {
    const found = await this.withApp(async (app) =>
      diagnose(
        {
          settings: await app.settings(),
          schema: await app.schema(),
          db: await app.database(),
          objects: await app.configObjects(),
        },
        new Date(),
      ),
    )
    const {stringify} = await import('yaml')
    if (this.flags.output !== undefined) {
      await writeOutputFile(this.flags.output, stringify(found), {secret: true})
      this.notice(`Wrote ${this.flags.output}.`)
    } else if (!this.jsonEnabled()) this.log(stringify(found).trimEnd())
    return found
  }
}
