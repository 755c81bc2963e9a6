import {AppCommand} from '../../cli/app-command.js'
import {moduleStatus, type ModuleStatus} from '../../hsm/inspect.js'
import {keySlots} from '../../lib/security-module.js'

export default class HsmStatus extends AppCommand<typeof HsmStatus> {
  static override summary = 'Show the security module of the installation and its keys.'
  static override description =
    'Opens the configured module, whether key file or PKCS#11 token, and shows a fingerprint of each key. A fingerprint ' +
    'tells whether two keys are the same and nothing else.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Is the module ready?'},
    {command: '<%= config.bin %> <%= command.id %> --json | jq .fingerprints', description: 'Compare two nodes'},
  ]

  async run(): Promise<ModuleStatus> {
    const status = await this.withApp(async (app) => moduleStatus(await app.security()))
    this.log(`${status.module}: ${status.ready ? 'ready' : `not ready, ${status.reason}`}`)
    if (status.device) {
      const {library, slot, token, aesMode} = status.device
      this.log(`Library: ${library.path} (${library.description} ${library.version}, PKCS#11 ${library.cryptoki})`)
      this.log(
        `Token: '${token.label}', serial ${token.serial}, ${token.manufacturer} ${token.model}, now in slot ${slot}`,
      )
      if (aesMode) this.log(`Mechanism: ${aesMode}`)
    }
    for (const slot of keySlots) this.log(`Key for ${slot}: ${status.fingerprints[slot] ?? 'none'}`)
    if (!status.ready) process.exitCode = 6
    return status
  }
}
