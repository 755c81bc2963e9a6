import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {readInputText} from '../../cli/input-text.js'
import type {CaseResult} from '../../lib/services/policies/test-cases.js'

export default class PolicyTest extends AppCommand<typeof PolicyTest> {
  static override summary = 'Check policies against expected answers.'
  static override description = `The YAML file holds \`cases\`, each with a \`request\` (scope, action, user, realm, client, at, …) and what to \`expect\` (values,
policies, allowed, error). Ends with status 4 when a case does not hold.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> cases.yaml', description: 'Against the stored policies'},
    {
      command: '<%= config.bin %> <%= command.id %> cases.yaml --policies new.py',
      description: 'Against a file, before it is applied',
    },
  ]
  static override args = {
    file: Args.string({description: 'YAML file with cases, or -', ignoreStdin: true, required: true}),
  }
  static override flags = {
    policies: Flags.string({
      char: 'p',
      description: 'ask the policies of this export instead of the stored ones',
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<{cases: CaseResult[]; failed: number}> {
    const {runPolicyCases} = await import('../../lib/services/policies/test-cases.js')
    const text = await readInputText(this.args.file)
    const cases = await this.withApp(async (app) => {
      const service = await app.policies()
      const given =
        this.flags.policies === undefined
          ? undefined
          : await service.fromExport(await readInputText(this.flags.policies))
      return runPolicyCases(text, service, given)
    })
    for (const {differences, name, passed} of cases) {
      this.log(`${passed ? 'ok  ' : 'FAIL'} ${name}`)
      for (const difference of differences) this.log(`       ${difference}`)
    }
    const failed = cases.filter(({passed}) => !passed).length
    if (failed > 0) process.exitCode = 4
    return {cases, failed}
  }
}
