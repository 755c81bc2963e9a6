import {stat} from 'node:fs/promises'
import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {doctorText} from '../../cli/render/doctor.js'
import {alreadyExists} from '../../lib/errors.js'

export default class DoctorBundle extends AppCommand<typeof DoctorBundle> {
  static override aliases = ['diag']
  static override summary =
    'Pack what is needed to help from afar: the report, settings, schema and counts, without secrets.'
  static override description = `A tar.gz with the doctor's report, versions, settings, the state of the schema, numbers of rows, and configuration
objects. Secrets are replaced, and nothing of tokens, users and the audit log but numbers is in it; names of realms, servers,
administrators in policies and the like are. Look into it before you give it away.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> help.tar.gz', description: 'Then: tar tzf help.tar.gz'},
  ]
  static override args = {
    file: Args.string({description: 'archive to be made', ignoreStdin: true, required: true}),
  }
  static override flags = {
    force: Flags.boolean({description: 'replace the file if it is there'}),
    skip: Flags.string({
      description: 'leave this check out of the report; may be repeated',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
    }),
    timeout: Flags.integer({
      default: 5,
      description: 'seconds that a server or user store gets to answer',
      max: 60,
      min: 1,
    }),
  }

  readonly #warnings: string[] = []

  async run(): Promise<{file: string; bytes: number; parts: string[]}> {
    const {flags} = this
    const {file} = this.args
    const exists = await stat(file).then(
      () => true,
      () => false,
    )
    if (exists && !flags.force) throw alreadyExists('file', file, 'Replace it with --force')
    const [{makeBundle}, {attributesOf, replaceFile, writeNewFile}] = await Promise.all([
      import('../../lib/services/doctor/bundle.js'),
      import('../../lib/files/durable.js'),
    ])
    const {archive, parts} = await this.withApp(async (app) => {
      const doctor = await app.doctor({answerMs: flags.timeout * 1000, warnings: this.#warnings})
      const report = await doctor.examine({skip: flags.skip ?? []})
      return makeBundle({
        report,
        reportText: `${doctorText(report, {all: true, colours: false}).join('\n')}\n`,
        version: this.config.version,
        settings: () => app.settings(),
        database: () => app.database(),
        status: async () => (await app.schema()).status(),
        check: async () => (await app.schema()).check(),
        objects: () => app.configObjects(),
      })
    })
    if (exists) await replaceFile(file, archive, await attributesOf(file))
    else await writeNewFile(file, archive, {mode: 0o600})
    this.log(`Wrote ${file}: ${parts.join(', ')}.`)
    return {file, bytes: archive.length, parts}
  }

  /** Warnings are part of the report. */
  protected override notice(message: string): void {
    this.#warnings.push(message)
  }
}
