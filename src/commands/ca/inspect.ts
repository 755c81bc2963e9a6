import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readInputBytes} from '../../cli/input-text.js'
import {readPassword} from '../../cli/secret-input.js'
import type {ShownFile} from '../../lib/ca/shared/inspect-file.js'

export default class CaInspect extends AppCommand<typeof CaInspect> {
  static override summary = 'Show what is in a certificate, request, CRL or PKCS#12 file.'
  static override description =
    'PEM (several blocks, too), DER or base64. Keys are never shown. The password of a PKCS#12 file comes from a file or a ' +
    'prompt. Needs no installation.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> host.pem', description: 'A certificate'},
    {command: '<%= config.bin %> <%= command.id %> crl.pem --json', description: 'A CRL, for scripts'},
    {command: '<%= config.bin %> <%= command.id %> alice.p12 --password-file pw.txt', description: 'PKCS#12'},
  ]
  static override args = {
    file: Args.string({description: 'file, - for the standard input', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    'empty-password': Flags.boolean({description: 'the PKCS#12 file has the empty password'}),
  }

  async run(): Promise<{content: ShownFile[]}> {
    const {inspectFile} = await import('../../lib/ca/shared/inspect-file.js')
    const content = await inspectFile(await readInputBytes(this.args.file), async () =>
      this.flags['empty-password'] ? '' : readPassword(this.flags, 'Password of the PKCS#12 file'),
    )
    if (!this.jsonEnabled()) for (const [index, one] of content.entries()) await this.#show(one, index)
    return {content}
  }

  async #show(one: ShownFile, index: number): Promise<void> {
    if (index > 0) this.log('')
    const {
      extensions = [],
      revoked = [],
      ...facts
    } = one as ShownFile & {
      extensions?: {name: string; critical: boolean; value: string}[]
      revoked?: {serial: string; at: string; reason: string | null}[]
    }
    const rows: [string, unknown][] = [
      ...Object.entries(facts),
      ...extensions.map(({critical, name, value}): [string, unknown] => [
        name,
        critical ? `${value} (critical)` : value,
      ]),
      ...revoked.map(({at, reason, serial}): [string, unknown] => [
        `revoked ${serial}`,
        reason ? `${at}, ${reason}` : at,
      ]),
    ]
    await this.showRows(rows, [
      {header: 'property', get: ([name]) => name},
      {header: 'value', get: ([, value]) => value},
    ])
  }
}
