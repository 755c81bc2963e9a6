import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {objectSelection, secretForm} from '../../cli/flags/objects.js'

export default class ConfigDump extends AppCommand<typeof ConfigDump> {
  static override summary = 'Write the configuration to a folder, one YAML file an object.'
  static override description = `Files come in a stable order and leave out what is the default; a second dump changes only what changed and keeps comments.
Passwords are written encrypted for this site (enc:…); with --print-passwords in clear, to be replaced by env:NAME or
file:PATH.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> site/', description: 'To be put under version control'},
  ]
  static override args = {folder: Args.string({description: 'folder to write to', ignoreStdin: true, required: true})}
  static override flags = {types: objectSelection.types, 'print-passwords': secretForm['print-passwords']}

  async run(): Promise<{objects: number; written: string[]; removed: string[]}> {
    const {folder} = this.args
    const result = await this.withApp(async (app) =>
      (await app.configTree()).dump({
        folder,
        form: this.flags['print-passwords'] ? 'clear' : 'sealed',
        kinds: this.flags.types ?? [],
      }),
    )
    this.log(
      `${result.objects} objects in ${folder}: ${result.written.length} written, ${result.removed.length} removed.`,
    )
    return result
  }
}
