import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class SetupCreateAuditKeys extends AppCommand<typeof SetupCreateAuditKeys> {
  static override aliases = ['audit:create-keys']
  static override summary = 'Make the key pair that signs audit rows and responses.'
  static override description =
    'Writes an RSA key to the files that PI_AUDIT_KEY_PRIVATE (mode 0400) and PI_AUDIT_KEY_PUBLIC name. If one of them ' +
    'exists already, nothing is made: rows signed with another key could no longer be verified.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'A pair of 2048 bits, which every release can use'},
    {
      command: '<%= config.bin %> <%= command.id %> --keysize 4096',
      description: 'A larger one, for release 3.13 or later',
    },
  ]
  static override flags = {
    keysize: Flags.integer({
      char: 'k',
      default: 2048,
      description: 'bits of the key, 2048 at least',
      helpValue: 'BITS',
    }),
    owner: Flags.string({description: 'user who is to own the files, for root', helpValue: 'USER'}),
  }

  async run(): Promise<{privateFile: string; publicFile: string; keysize: number}> {
    const {keysize, owner} = this.flags
    const [{createAuditKeys, signatureLength}, {findOwner}] = await Promise.all([
      import('../../lib/services/audit-keys.js'),
      import('../../cli/owner.js'),
    ])
    const files = await this.withApp(async (app) => {
      const settings = await app.settings()
      for (const key of ['PI_AUDIT_KEY_PRIVATE', 'PI_AUDIT_KEY_PUBLIC']) settings.required(key)
      const paths = {
        privateFile: settings.path('PI_AUDIT_KEY_PRIVATE') ?? '',
        publicFile: settings.path('PI_AUDIT_KEY_PUBLIC') ?? '',
      }
      await createAuditKeys(paths, keysize, owner === undefined ? undefined : await findOwner(owner))
      return paths
    })
    const length = signatureLength(keysize)
    this.log(`Signing keys written to ${files.privateFile} and ${files.publicFile}`)
    this.log(`The file permission of ${files.privateFile} was set to 400!`)
    this.log('Please ensure, that it is owned by the right user.')
    if (length > 620) {
      this.notice(
        `Signatures of this key have ${length} characters; the audit tables of releases before 3.13 hold 620.`,
      )
    }
    return {...files, keysize}
  }
}
