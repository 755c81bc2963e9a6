import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import type {CaDocument} from '../../lib/services/ca/index.js'

export default class CaList extends AppCommand<typeof CaList> {
  static override summary = 'List the CA connectors.'
  static override description = 'Passwords are shown as __CENSORED__, under the old name of the program too.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Names and types'},
    {command: '<%= config.bin %> <%= command.id %> -v', description: 'With their settings'},
  ]
  static override flags = {
    ...output,
    verbose: Flags.boolean({char: 'v', description: 'with all settings'}),
  }

  async run(): Promise<{authorities: CaDocument[]}> {
    const authorities = await this.withApp(async (app) => (await app.authorities()).list())
    if (this.shim || (this.flags.verbose && this.flags['output-format'] === 'table')) {
      if (!this.jsonEnabled()) for (const ca of authorities) this.#show(ca)
    } else {
      await this.showRows(authorities, [
        {header: 'name', get: ({name}) => name},
        {header: 'type', get: ({type}) => type},
        {header: 'where', get: ({settings}) => settings['WorkingDir'] ?? settings['ca'] ?? settings['hostname']},
      ])
    }
    return {authorities}
  }

  #show({name, type, settings}: CaDocument): void {
    this.log(`${name} (type ${type})`)
    if (!this.flags.verbose) return
    for (const [key, value] of Object.entries(settings)) this.log(`\t${key.padStart(20)}: ${value}`)
  }
}
