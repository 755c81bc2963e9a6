import {AppCommand} from '../../cli/app-command.js'
import type {SiteKeyReport} from '../../lib/services/site-keys/index.js'

export default class KeysStatus extends AppCommand<typeof KeysStatus> {
  static override summary = 'Show the keys of the installation apart from the encryption key, and their age.'
  static override description =
    'Audit key pair, SECRET_KEY and pepper: whether they are there, how long and how old, never what they are. The ' +
    'encryption key is shown by "enckey status".'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'For people'},
    {command: '<%= config.bin %> <%= command.id %> --json', description: 'For monitoring'},
  ]

  async run(): Promise<SiteKeyReport> {
    const report = await this.withApp(async (app) => (await app.siteKeys()).status())
    const {audit, pepper, secretKey} = report
    this.log(
      audit.fingerprint === null
        ? 'Audit key: none'
        : `Audit key: ${audit.fingerprint}, ${audit.bits} bits, ${audit.ageDays} days old, ${audit.earlier} earlier ones`,
    )
    this.log(`SECRET_KEY: ${secretKey.set ? `${secretKey.length} characters` : 'none'}`)
    this.log(
      `Pepper: ${pepper.set ? `${pepper.length} characters` : "the original's default, which everybody knows"}${pepper.previous > 0 ? `, ${pepper.previous} earlier accepted` : ''}`,
    )
    return report
  }
}
