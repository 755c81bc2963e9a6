import {Flags} from '@oclif/core'
import {writeFileSync} from 'node:fs'
import {AppCommand} from '../../cli/app-command.js'

export default class EnckeyPaper extends AppCommand<typeof EnckeyPaper> {
  static override summary = 'Print the encryption key for a safe, with a checksum in every line.'
  static override description =
    'Writes the keys as lines that can be typed in again (enckey restore). With --shares they are split by ' +
    "Shamir's scheme: so many sheets, of which --needed give the key back and fewer tell nothing. Whoever reads the " +
    'output has the key: send it to a printer, not to a file that stays.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> | lp', description: 'One sheet to the printer'},
    {
      command: '<%= config.bin %> <%= command.id %> --shares 5 --needed 3 --output sheet',
      description: 'Files sheet-1.txt to sheet-5.txt',
    },
  ]
  static override flags = {
    shares: Flags.integer({default: 1, description: 'sheets to split the key into', max: 255, min: 1}),
    needed: Flags.integer({description: 'sheets that give the key back (default: all)', max: 255, min: 1}),
    output: Flags.string({
      char: 'o',
      description: 'write files PREFIX-1.txt, … (mode 0400) instead',
      helpValue: 'PREFIX',
    }),
  }

  async run(): Promise<{sheets: string[]} | {files: string[]}> {
    const {needed, output, shares} = this.flags
    const sheets = await this.withApp(async (app) => (await app.keyCopies()).paper({shares, needed}))
    if (output === undefined) {
      for (const sheet of sheets) this.log(sheet)
      return {sheets}
    }
    const files = sheets.map((sheet, at) => {
      const file = `${output}-${at + 1}.txt`
      writeFileSync(file, sheet, {flag: 'wx', mode: 0o400})
      return file
    })
    this.log(`Written: ${files.join(', ')}`)
    return {files}
  }
}
