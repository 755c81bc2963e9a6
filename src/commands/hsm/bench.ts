import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import {benchModule, type BenchRow} from '../../hsm/bench.js'

export default class HsmBench extends AppCommand<typeof HsmBench> {
  static override summary = 'Measure how many operations a second the security module does.'
  static override description =
    'Encrypts, decrypts and draws random bytes as the programs do, with values of the size of a seed. Nothing is stored. ' +
    'One login needs one to three decryptions, a key rotation four operations a value.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Two seconds an operation'},
    {command: '<%= config.bin %> <%= command.id %> --parallel 16 --seconds 10', description: 'With more callers'},
  ]
  static override flags = {
    ...output,
    parallel: Flags.integer({default: 4, description: 'callers at a time', max: 256, min: 1}),
    seconds: Flags.integer({default: 2, description: 'time for each operation', max: 600, min: 1}),
    bytes: Flags.integer({default: 40, description: 'bytes of a value', max: 65_536, min: 0}),
  }

  async run(): Promise<{module: string; parallel: number; operations: BenchRow[]}> {
    const {bytes, parallel, seconds} = this.flags
    const {description, rows} = await this.withApp(async (app) => {
      const module = await app.security()
      return {description: module.description, rows: await benchModule(module, {bytes, parallel, seconds})}
    })
    await this.showRows(rows, [
      {header: 'operation', get: (row) => row.operation},
      {header: 'per second', get: (row) => row.perSecond},
      {header: 'median ms', get: (row) => row.medianMs},
      {header: 'p99 ms', get: (row) => row.p99Ms},
    ])
    return {module: description, parallel, operations: rows}
  }
}
