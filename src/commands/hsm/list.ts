import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import {libraryOf, listTokens, type SlotRow} from '../../hsm/inspect.js'
import {PiError} from '../../lib/errors.js'
import {hasAbility, type DeviceKey, type DeviceModule} from '../../lib/security-module.js'

export default class HsmList extends AppCommand<typeof HsmList> {
  static override summary = 'List the slots and tokens of a PKCS#11 library, or the keys in the configured token.'
  static override description =
    'Slots and tokens are listed without logging in. With --keys the configured module is opened and the keys in its ' +
    'token are listed with their attributes; key material is never read.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --module /usr/lib/softhsm/libsofthsm2.so',
      description: 'Any library',
    },
    {command: '<%= config.bin %> <%= command.id %> --keys --json', description: 'Keys of the configured token'},
  ]
  static override flags = {
    ...output,
    keys: Flags.boolean({description: 'list the keys in the configured token', exclusive: ['module']}),
    module: Flags.string({description: 'PKCS#11 library to ask instead of the configured one', helpValue: 'FILE'}),
  }

  async run(): Promise<{slots: SlotRow[]} | {keys: DeviceKey[]}> {
    if (this.flags.keys) return {keys: await this.#keys()}
    const {module} = this.flags
    const slots = await listTokens(module ?? libraryOf(await this.withApp((app) => app.settings())))
    await this.showRows(slots, [
      {header: 'slot', get: (row) => row.slot},
      {header: 'token', get: (row) => row.label ?? ''},
      {header: 'serial', get: (row) => row.serial ?? ''},
      {header: 'model', get: (row) => [row.manufacturer, row.model].filter(Boolean).join(' ')},
      {header: 'state', get: stateOf},
      {header: 'description', get: (row) => row.description},
    ])
    return {slots}
  }

  async #keys(): Promise<DeviceKey[]> {
    const keys = await this.withApp(async (app) => {
      const module = await app.security()
      if (hasAbility<DeviceModule>(module, 'report')) return (await module.report()).keys
      throw new PiError('CONFIG', `The ${module.description} is no PKCS#11 token.`)
    })
    await this.showRows(keys, [
      {header: 'kind', get: (key) => key.kind},
      {header: 'label', get: (key) => key.label},
      {header: 'id', get: (key) => key.id},
      {header: 'type', get: (key) => `${key.type}${key.bits ? ` ${key.bits}` : ''}`},
      {header: 'can be read out', get: (key) => (key.kind === 'public' || key.extractable ? 'yes' : 'no')},
      {header: 'used for', get: (key) => key.usedFor ?? ''},
    ])
    return keys
  }
}

function stateOf(row: SlotRow): string {
  if (row.label === undefined) return 'empty'
  if (!row.initialized) return 'not initialised'
  if (row.pinLocked) return 'PIN locked'
  return row.pinSet ? 'ready' : 'no user PIN'
}
