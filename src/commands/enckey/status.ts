import {AppCommand} from '../../cli/app-command.js'
import {moduleStatus} from '../../hsm/inspect.js'
import {keySlots, type KeySlot} from '../../lib/security-module.js'

interface EnckeyStatusReport {
  module: string
  ready: boolean
  fingerprints: Record<KeySlot, string | null>
  /** When the keys came into use, as far as file and rotation tell; ISO 8601, UTC. */
  since: string | null
  ageDays: number | null
  /** Encrypted values by the key that they are under. */
  values: Record<KeySlot, number>
  /** The rotation that is under way or was the last. */
  rotation: {runId: string; phase: string; updatedAt: string} | null
}

export default class EnckeyStatus extends AppCommand<typeof EnckeyStatus> {
  static override summary = 'Show where the keys are, how old they are, and how many values they protect.'
  static override description =
    'Fingerprints tell whether two keys are the same and reveal nothing else. The age is that of the last rotation, or of ' +
    'the key file.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'For people'},
    {command: '<%= config.bin %> <%= command.id %> --json | jq .ageDays', description: 'For monitoring'},
  ]

  async run(): Promise<EnckeyStatusReport> {
    const report = await this.withApp(async (app): Promise<EnckeyStatusReport> => {
      const {keyFacts} = await import('../../lib/services/key-copies/facts.js')
      const [settings, module] = [await app.settings(), await app.security()]
      const {fingerprints, module: description, ready} = await moduleStatus(module)
      return {module: description, ready, fingerprints, ...(await keyFacts(settings, await app.database()))}
    })
    this.log(`${report.module}: ${report.ready ? 'ready' : 'not ready'}`)
    for (const slot of keySlots) {
      this.log(`Key for ${slot}: ${report.fingerprints[slot] ?? 'none'}, ${report.values[slot]} values`)
    }
    if (report.since) this.log(`In use since ${report.since} (${report.ageDays} days)`)
    if (report.rotation)
      this.log(`Rotation ${report.rotation.runId}: ${report.rotation.phase}, ${report.rotation.updatedAt}`)
    return report
  }
}
