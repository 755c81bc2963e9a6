import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {examineHsm, type Check} from '../../hsm/doctor.js'
import {PiError} from '../../lib/errors.js'
import type {DeviceReport} from '../../lib/security-module.js'

export default class HsmDoctor extends AppCommand<typeof HsmDoctor> {
  static override summary =
    'Examine the security module: library, token, PIN, mechanisms, keys, and a row of the database.'
  static override description =
    'Goes through everything between the configuration and a decrypted value, says what is wrong and what mends it. ' +
    'The exit status is that of the first failure; warnings do not count.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Before going live, and when logins fail'},
    {command: '<%= config.bin %> <%= command.id %> --json', description: 'For monitoring'},
  ]

  async run(): Promise<{checks: Check[]; device?: DeviceReport}> {
    const {checks, device} = await this.withApp(async (app) => {
      const settings = await app.settings()
      const hasDatabase = settings.text('SQLALCHEMY_DATABASE_URI') !== undefined
      return examineHsm({
        settings,
        openModule: () => app.security(),
        ...(hasDatabase && {
          proveDatabase: async () => {
            const {checked, failed} = await (await app.enckey()).check()
            const [first] = failed
            if (!first) return `${checked} values of the database decrypt, one of each kind`
            throw new PiError(
              'INTEGRITY',
              `${failed.length} of ${checked} values do not decrypt, e.g. ${first.table}.${first.column} ${first.id}.`,
              {
                hints: ['Are these the keys of this database? pi-manage enckey verify looks at every value'],
              },
            )
          },
        }),
      })
    })
    for (const {result, id, message, fix} of checks) {
      this.log(`${result.padEnd(8)} ${id.padEnd(12)} ${message}`)
      if (fix && result !== 'ok') this.log(`${' '.repeat(22)}${fix}`)
    }
    const failed = checks.find(({result}) => result === 'failed')
    if (failed) process.exitCode = exitCodes[failed.code ?? 'DIFFERENCE']
    return {checks, ...(device && {device})}
  }
}
