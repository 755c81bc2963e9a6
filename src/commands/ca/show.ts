import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {caName} from '../../cli/flags/ca.js'
import {output} from '../../cli/flags/output.js'
import type {CaOverview} from '../../lib/services/ca/overview.js'

export default class CaShow extends AppCommand<typeof CaShow> {
  static override summary = 'Show a CA: settings, certificate, CRL, templates, number of certificates.'
  static override description =
    'The key of the CA is not needed. A Microsoft CA is asked for its templates; --no-contact leaves that out.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> myCA', description: 'Everything about it'}]
  static override args = {name: caName}
  static override flags = {
    ...output,
    contact: Flags.boolean({allowNo: true, default: true, description: 'look into the folder, or ask the CA'}),
  }

  async run(): Promise<CaOverview> {
    const {contact} = this.flags
    const overview = await this.withApp(async (app) => {
      const {caOverview} = await import('../../lib/services/ca/overview.js')
      return caOverview(await app.authorities(), this.args.name, {contact})
    })
    const {authority, crl, issued, settings, templates} = overview
    const rows: [string, unknown][] = [
      ['name', overview.name],
      ['type', overview.type],
      ...Object.entries(settings),
      ...(authority
        ? ([
            ['subject', authority.subject],
            ['serial', authority.serial],
            ['key', authority.key],
            ['valid until', authority.notAfter],
          ] as [string, unknown][])
        : []),
      ...(crl
        ? ([['CRL until', `${crl.nextUpdate ?? 'unknown'} (${crl.revoked} revoked)`]] as [string, unknown][])
        : []),
      ...(issued
        ? ([['certificates', `${issued.valid} valid, ${issued.revoked} revoked, ${issued.expired} expired`]] as [
            string,
            unknown,
          ][])
        : []),
      ...Object.entries(templates ?? {}).map(([name, template]): [string, unknown] => [
        `template ${name}`,
        Object.entries(template)
          .map(([key, value]) => `${key} ${value}`)
          .join(', '),
      ]),
      ...(overview.problem === undefined ? [] : ([['problem', overview.problem]] as [string, unknown][])),
    ]
    await this.showRows(rows, [
      {header: 'property', get: ([key]) => key},
      {header: 'value', get: ([, value]) => value},
    ])
    return overview
  }
}
