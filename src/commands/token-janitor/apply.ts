import {existsSync, readFileSync} from 'node:fs'
import {Args} from '@oclif/core'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {janitorSafety} from '../../cli/flags/janitor-actions.js'
import {JanitorChangeCommand, type ChangeDocument} from '../../cli/janitor/change-command.js'
import {PiError, reasonOf} from '../../lib/errors.js'
import {readPlan} from '../../lib/services/janitor/plan.js'
import {guardPlan} from '../../lib/services/janitor/run.js'

export default class TokenJanitorApply extends JanitorChangeCommand<typeof TokenJanitorApply> {
  static override summary = 'Carry out a plan of the token janitor.'
  static override description =
    'Does what "token-janitor find … --plan FILE" has frozen, to exactly those tokens that are still what they were; a token ' +
    'that was used, changed or deleted since is left alone (exit 7). After an interruption the same command goes on: what ' +
    'is done already is known from the undo file, by default PLAN.undo.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> orphans.json', description: 'Carry out a plan'},
    {
      command: '<%= config.bin %> <%= command.id %> unused.json --allow-mass 2000 --yes',
      description: 'A large one, from a script',
    },
  ]
  static override args = {
    plan: Args.string({description: 'plan file', ignoreStdin: true, required: true}),
  }
  static override flags = {...janitorSafety, 'dry-run': dryRun, yes}

  async run(): Promise<ChangeDocument> {
    const {flags} = this
    const file = this.args.plan
    const plan = readPlan(readText(file), file)
    if (flags['dry-run']) return this.rehearse(plan)
    const undoFile = flags['undo-file'] ?? `${file}.undo`
    return this.withApp(async (app) => {
      guardPlan(await app.database(), plan, file)
      const resume = !flags['no-undo'] && existsSync(undoFile) ? undoFile : undefined
      if (resume !== undefined) this.notice(`Going on with ${resume}.`)
      return this.carryOut(app, plan, {...flags, 'undo-file': undoFile}, {resume})
    })
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The plan ${file} cannot be read: ${reasonOf(error)}.`, {cause: error})
  }
}
