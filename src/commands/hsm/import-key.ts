import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {readSecretFile} from '../../cli/secret-input.js'
import {openKeyFile} from '../../hsm/drivers/enckey-file.js'
import {PiError} from '../../lib/errors.js'
import {fingerprint} from '../../lib/crypto/key-fingerprint.js'
import {hasAbility, keySlots, type KeyImporter, type KeyLabels} from '../../lib/security-module.js'

export default class HsmImportKey extends AppCommand<typeof HsmImportKey> {
  static override summary = 'Bring the three keys of a key file into the PKCS#11 token.'
  static override description =
    'Afterwards the token makes the same ciphertexts as the key file did, so the database needs no change. Keys that were ' +
    'in a file once are as safe as the copies of that file: "enckey rotate --to" makes new ones in the token instead. ' +
    'Values in the padding of very old releases cannot be read through a token; "enckey rotate" brings them over.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --from /etc/privacyidea/enckey',
      description: 'Under the configured labels',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --from enckey.enc --from-password-file pass.txt --label pi2',
      description: 'Labels pi2_token, pi2_config, pi2_value',
    },
  ]
  static override flags = {
    yes,
    from: Flags.string({description: 'key file, plain or encrypted', helpValue: 'FILE', required: true}),
    'from-password-file': Flags.string({
      description: 'file with the password of an encrypted key file',
      helpValue: 'FILE',
    }),
    label: Flags.string({description: 'prefix of the labels (default: those of the configuration)'}),
  }

  async run(): Promise<{labels: KeyLabels; fingerprints: Record<string, string>}> {
    const {from, label} = this.flags
    const passwordFile = this.flags['from-password-file']
    return this.withApp(async (app) => {
      const [settings, module] = [await app.settings(), await app.security()]
      if (!hasAbility<KeyImporter>(module, 'importKeys')) {
        throw new PiError('CONFIG', `Keys cannot be brought into the ${module.description}: it is no AES HSM.`)
      }
      const {keyLabels} = await import('../../hsm/drivers/aes-hsm.js')
      const labels: KeyLabels = label
        ? {token: `${label}_token`, config: `${label}_config`, value: `${label}_value`}
        : keyLabels(settings)
      const file = await openKeyFile(from, {
        askPassword: async () => (passwordFile === undefined ? askFor(from) : readSecretFile(passwordFile)),
      })
      const keys = file.exportKeys()
      try {
        await this.confirm(`Bring the keys of ${from} into the ${module.description}?`, this.flags.yes)
        await module.importKeys(keys, labels)
        const fingerprints: Record<string, string> = {}
        for (const slot of keySlots) fingerprints[slot] = await fingerprint(file, slot)
        this.notice('Please add the following to your pi.cfg:')
        const prefix = settings.product === 'edumfa' ? 'EDUMFA' : 'PI'
        for (const slot of keySlots)
          this.log(`${prefix}_HSM_MODULE_KEY_LABEL_${slot.toUpperCase()} = '${labels[slot]}'`)
        return {labels, fingerprints}
      } finally {
        keys.fill(0)
        await file.close()
      }
    })
  }
}

async function askFor(file: string): Promise<string> {
  const {askPassword} = await import('../../cli/prompt.js')
  return askPassword(`Password of ${file}`)
}
