import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {caKey, caName, passphraseFrom} from '../../cli/flags/ca.js'

interface Result {
  ca: string
  crl: string
  created: boolean
  nextUpdate: string
  revoked: number
  number: string | null
}

export default class CaCreateCrl extends AppCommand<typeof CaCreateCrl> {
  static override hiddenAliases = ['ca:crl']
  static override summary = 'Make the CRL of a CA, when it is due.'
  static override description =
    'It is due when the present one ends within the overlap period of the connector (in UTC), and when there is none. ' +
    'One node does it at a time, and so several can have it in their crontab.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> myCA', description: 'When it is due, for a crontab'},
    {command: '<%= config.bin %> <%= command.id %> myCA -f', description: 'In any case'},
  ]
  static override args = {name: caName}
  static override flags = {
    ...caKey,
    force: Flags.boolean({char: 'f', description: 'also when the present CRL is good for longer'}),
  }

  async run(): Promise<Result> {
    const {force, wait} = this.flags
    const made = await this.withApp(async (app) => {
      const use = {force, waitSeconds: wait, passphrase: passphraseFrom(this.flags)}
      const result = await (await app.authorities()).createCrl(this.args.name, use)
      if (result.created) {
        await app.audit({action: 'CLI ca create-crl', info: `${result.ca}, ${result.revoked} revoked`})
      }
      return result
    })
    if (made.created) this.log(`The CRL ${made.crl} was created.`)
    else if (this.shim) this.log('The CRL was not created.')
    else this.log(`The CRL was not created: ${made.crl} is good until ${made.nextUpdate.toISOString()}.`)
    const {ca, created, crl, nextUpdate, number = null, revoked} = made
    return {ca, crl, created, nextUpdate: nextUpdate.toISOString(), revoked, number}
  }
}
