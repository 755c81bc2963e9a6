import {Args} from '@oclif/core'
import {join} from 'node:path'
import {mkdir} from 'node:fs/promises'
import {AppCommand} from '../../cli/app-command.js'
import {writeOutputFile} from '../../cli/output-file.js'

export default class ConfigSchema extends AppCommand<typeof ConfigSchema> {
  static override summary = 'Write JSON Schemas for the files of a configuration tree.'
  static override description =
    'Editors complete and check the YAML files with them; they come from the rules that config apply itself checks.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> site/.schema', description: 'One schema for each type'},
  ]
  static override args = {folder: Args.string({description: 'folder to write to', ignoreStdin: true, required: true})}

  async run(): Promise<{schemas: string[]}> {
    const [{configSchemas}] = await Promise.all([
      import('../../lib/config-objects/json-schema.js'),
      mkdir(this.args.folder, {recursive: true}),
    ])
    const schemas: string[] = []
    for (const [kind, schema] of configSchemas()) {
      const path = join(this.args.folder, `${kind}.schema.json`)
      await writeOutputFile(path, `${JSON.stringify(schema, undefined, 2)}\n`)
      schemas.push(path)
      this.log(path)
    }
    return {schemas}
  }
}
