import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import {pythonRepr} from '../../lib/python/repr.js'
import type {ResolverSummary} from '../../lib/services/resolvers/index.js'

export default class ResolverList extends AppCommand<typeof ResolverList> {
  static override summary = 'List resolvers: the user stores of this installation.'
  static override description = 'Secrets are shown as __CENSORED__ without --show-secrets.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Names, types and realms'},
    {command: '<%= config.bin %> <%= command.id %> --verbose', description: 'With all settings'},
  ]
  static override flags = {
    ...output,
    'show-secrets': Flags.boolean({aliases: ['print-passwords'], description: 'show passwords in clear'}),
    type: Flags.string({description: 'only resolvers of this type', helpValue: 'TYPE'}),
    verbose: Flags.boolean({char: 'v', description: 'with their settings'}),
  }

  async run(): Promise<{resolvers: ResolverSummary[]}> {
    const {flags} = this
    const secrets = flags['show-secrets'] ? 'clear' : this.shim ? 'declared' : 'masked'
    const all = await this.withApp(async (app) => (await app.resolvers()).list({secrets}))
    const resolvers = all.filter(({type}) => flags.type === undefined || type === flags.type)
    if (this.shim) {
      for (const one of resolvers) for (const line of legacyLines(one, flags.verbose)) this.log(line)
    } else if (flags.verbose && !this.jsonEnabled() && flags['output-format'] === 'table') {
      const {stringify} = await import('yaml')
      this.log(stringify({resolvers}).trimEnd())
    } else {
      await this.showRows(resolvers, [
        {header: 'name', get: ({name}) => name},
        {header: 'type', get: ({type}) => type},
        {header: 'realms', get: ({realms}) => realms.join(', ')},
        ...(flags.verbose
          ? [{header: 'settings', get: ({settings}: ResolverSummary) => JSON.stringify(settings)}]
          : []),
      ])
    }
    return {resolvers}
  }
}

/** What 3.8 printed (spec/03-cli.md §A.1). */
function legacyLines({name, settings, type}: ResolverSummary, verbose: boolean): string[] {
  const first = `${name.padEnd(16)} - (${type})`
  if (!verbose) return [first]
  const shown = ([key, value]: [string, string]) =>
    `${key.padStart(24)}: ${/^(?:bindpw|password)$/i.test(key) || value === '__CENSORED__' ? "'xxxxx'" : pythonRepr(value)}`
  return [first, '.'.repeat(32), ...Object.entries(settings).map(shown), '']
}
