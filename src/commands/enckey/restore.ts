import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class EnckeyRestore extends AppCommand<typeof EnckeyRestore> {
  static override summary = 'Make a key file from a paper copy that was typed in again.'
  static override description =
    'Reads the sheets of "enckey paper" from text files, names the line in which a slip is, and writes the key file ' +
    '(mode 0400), which must not exist yet. Blanks, capital letters and O, I and L for digits do not matter.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> sheet.txt -o /etc/privacyidea/enckey',
      description: 'From one sheet',
    },
    {
      command: '<%= config.bin %> <%= command.id %> sheet-1.txt sheet-3.txt sheet-4.txt -o enckey',
      description: 'From three shares',
    },
  ]
  static override args = {
    sheet: Args.string({description: 'text files with the sheets', ignoreStdin: true, multiple: true, required: true}),
  }
  static override flags = {
    outfile: Flags.string({char: 'o', description: 'key file to be made', helpValue: 'FILE', required: true}),
  }

  async run(): Promise<{file: string}> {
    const {outfile} = this.flags
    await this.withApp(async (app) => (await app.keyCopies()).restore(this.args.sheet, outfile))
    this.log(`Key written to ${outfile} (mode 0400).`)
    return {file: outfile}
  }
}
