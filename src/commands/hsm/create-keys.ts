import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {PiError} from '../../lib/errors.js'
import {hasAbility, keySlots, type KeyCreator, type KeyLabels} from '../../lib/security-module.js'

export default class HsmCreateKeys extends AppCommand<typeof HsmCreateKeys> {
  static override summary = 'Make the three AES keys of an installation in its PKCS#11 token.'
  static override description =
    'The keys are made inside the token and cannot be read out of it. The lines to be added to the configuration are ' +
    'written to standard output; nothing uses the new keys before that. Values that exist stay under their present ' +
    'keys: use "enckey rotate" to bring them over.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Make keys and show their labels'},
    {
      command: '<%= config.bin %> <%= command.id %> --yes >> /etc/privacyidea/pi.cfg',
      description: 'For a new installation',
    },
  ]
  static override flags = {yes}

  async run(): Promise<{labels: KeyLabels}> {
    return this.withApp(async (app) => {
      const module = await app.security()
      if (!hasAbility<KeyCreator>(module, 'createKeys')) {
        throw new PiError('CONFIG', `Keys cannot be made in the ${module.description}: it is no AES HSM.`, {
          hints: ["Set PI_HSM_MODULE = 'privacyidea.lib.security.aeshsm.AESHardwareSecurityModule'"],
        })
      }
      await this.confirm(`Make three new keys in the ${module.description}?`, this.flags.yes)
      const labels = await module.createKeys()
      const prefix = (await app.settings()).product === 'edumfa' ? 'EDUMFA' : 'PI'
      const heading = 'Please add the following to your pi.cfg:'
      if (this.shim) this.log(heading)
      else this.notice(heading)
      for (const slot of keySlots) this.log(`${prefix}_HSM_MODULE_KEY_LABEL_${slot.toUpperCase()} = '${labels[slot]}'`)
      return {labels}
    })
  }
}
