import {Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {yes} from '../../../cli/flags/confirm.js'
import type {RotatedAuditKey} from '../../../lib/services/site-keys/index.js'

export default class KeysRotateAudit extends AppCommand<typeof KeysRotateAudit> {
  static override summary = 'Make a new key pair for audit rows and responses; old rows still verify.'
  static override description =
    'The public key of the old pair is kept beside the new one, with the range of rows that it signed; its private key is ' +
    'gone. Servers read keys when they start: restart them. Clients that check signed answers need the new public key, and ' +
    'an original server can no longer verify rows from before.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Asks before'},
    {command: '<%= config.bin %> <%= command.id %> --keysize 4096 --yes', description: 'A larger pair, for scripts'},
  ]
  static override flags = {
    yes,
    keysize: Flags.integer({
      char: 'k',
      default: 2048,
      description: 'bits of the key',
      helpValue: 'BITS',
      max: 16_384,
      min: 2048,
    }),
  }

  async run(): Promise<RotatedAuditKey> {
    await this.confirm('Replace the key pair that signs audit rows and responses?', this.flags.yes)
    const result = await this.withApp(async (app) => {
      const rotated = await (await app.siteKeys()).rotateAudit(this.flags.keysize)
      await app.audit({action: 'CLI keys rotate audit', info: `audit key ${rotated.fingerprint}`})
      return rotated
    })
    this.log(`New audit key ${result.fingerprint}; rows up to ${result.lastId} verify with ${result.previous}.`)
    this.log(`Earlier public keys: ${result.generationsFile}`)
    this.notice('Restart the servers: until then they sign with the old key.')
    return result
  }
}
