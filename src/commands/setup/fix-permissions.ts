import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import type {PermissionReport} from '../../lib/services/permissions.js'

export default class SetupFixPermissions extends AppCommand<typeof SetupFixPermissions> {
  static override summary = 'Keep the files with secrets from other users.'
  static override description =
    'Gives the configuration file mode 0640, the encryption key and the private audit key 0400, and takes a SQLite ' +
    'database from other users; stricter modes stay. With --owner they are given to that user. With --check nothing is ' +
    'changed, and the exit status is 4 when something is open. No user is made.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --owner privacyidea',
      description: 'Give the files to the user of the server',
    },
    {command: '<%= config.bin %> <%= command.id %> --check', description: 'Only look'},
  ]
  static override flags = {
    check: Flags.boolean({aliases: ['dry-run'], description: 'only look; exit status 4 when something is open'}),
    owner: Flags.string({
      aliases: ['user'],
      char: 'u',
      description: 'user that is to own the files',
      helpValue: 'USER',
    }),
  }

  async run(): Promise<PermissionReport> {
    const [{fixPermissions}, {findOwner}] = await Promise.all([
      import('../../lib/services/permissions.js'),
      import('../../cli/owner.js'),
    ])
    const name = this.flags.owner
    const owner = name === undefined ? undefined : {name, ...(await findOwner(name))}
    const report = await this.withApp(async (app) =>
      fixPermissions(await app.settings(), {check: this.flags.check, owner}),
    )
    for (const {file, problem} of report.findings) this.log(`${file}: ${problem}${report.mended ? ' (mended)' : ''}`)
    if (report.findings.length === 0) this.log(`All ${report.files.length} files are safe.`)
    else if (!report.mended) process.exitCode = exitCodes.DIFFERENCE
    return report
  }
}
