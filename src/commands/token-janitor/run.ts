import {readFileSync} from 'node:fs'
import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {janitorSafety} from '../../cli/flags/janitor-actions.js'
import {newUndoPlace} from '../../cli/janitor/undo-place.js'
import {PiError, reasonOf} from '../../lib/errors.js'
import {DatabaseLock} from '../../lib/jobs/lock.js'
import {readRules, type Rule} from '../../lib/services/janitor/rules.js'
import {runRule, type RuleResult} from '../../lib/services/janitor/run-rules.js'
import {countOf, janitorLock, openUndo} from '../../lib/services/janitor/run.js'

export interface RunDocument {
  rules: RuleResult[]
  undoFile?: string
  dryRun?: true
}

const {'undo-file': undoFile, 'no-undo': noUndo, wait} = janitorSafety

export default class TokenJanitorRun extends AppCommand<typeof TokenJanitorRun> {
  static override summary =
    'Run the rules of a file: mark stale tokens, un-mark them when they are used, act after a time.'
  static override description =
    'Made for cron on several nodes: a lock in the database lets one of them work, the others end with 5. A rule with a mark ' +
    'notes in each token since when it meets the condition, takes the note away when it does not any more, and acts when the ' +
    'note is old enough. A rule that would act on too many tokens is left out (exit 8) unless it has allow-mass.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> janitor.yaml --dry-run', description: 'What would happen'},
    {command: '<%= config.bin %> <%= command.id %> /etc/privacyidea/janitor.yaml --quiet', description: 'For cron'},
  ]
  static override args = {
    file: Args.string({description: 'rules file (YAML)', ignoreStdin: true, required: true}),
  }
  static override flags = {
    'dry-run': dryRun,
    only: Flags.string({description: 'run only the rule of this name', helpValue: 'RULE'}),
    'undo-file': undoFile,
    'no-undo': noUndo,
    wait,
  }

  async run(): Promise<RunDocument> {
    const {flags} = this
    const {file} = this.args
    const rules = this.#rules(readRules(readText(file), file, new Date()))
    const dry = flags['dry-run'] === true
    return this.withApp(async (app) => {
      const [env, selection] = await Promise.all([app.janitor(), app.selection()])
      const lock = await DatabaseLock.acquire(env.db, {
        name: janitorLock,
        work: `the rules of ${file}`,
        waitSeconds: flags.wait,
      })
      const place = flags['undo-file'] ?? newUndoPlace('rules', env.now(), process.env)
      const undo = dry || flags['no-undo'] ? undefined : await openUndo(env, place, 'rules')
      const results: RuleResult[] = []
      try {
        const check = () => lock.check()
        for (const rule of rules) {
          if (this.interruption.aborted) throw new PiError('INTERRUPTED', 'Interrupted.')
          const result = await runRule(env, selection, rule, {dryRun: dry, undo, signal: this.interruption, check})
          this.#show(rule, result, dry)
          results.push(result)
        }
      } finally {
        undo?.close()
        await lock.release()
      }
      this.#conclude(results, (await selection.owners()).failures().length)
      const changed = undo !== undefined && undo.count > 0
      if (changed) this.notice(`To take it back: pi-manage token-janitor undo ${place}`)
      return {rules: results, ...(changed && {undoFile: place}), ...(dry && {dryRun: true})}
    })
  }

  #rules(rules: Rule[]): Rule[] {
    const {only} = this.flags
    if (only === undefined) return rules
    const found = rules.filter(({name}) => name === only)
    if (found.length > 0) return found
    throw new PiError('USAGE', `There is no rule '${only}'.`, {
      hints: [`The rules are ${rules.map(({name}) => name).join(', ')}`],
    })
  }

  #show({name}: Rule, result: RuleResult, dry: boolean): void {
    const would = dry ? 'would be ' : ''
    this.log(
      `${name}: ${countOf(result.unmarked.length)} ${would}unmarked, ${countOf(result.marked.length)} ${would}marked` +
        (result.action ? `, ${result.action}: ${countOf(result.changed.length)}` : ''),
    )
    if (result.refused) this.notice(`${name}: ${result.refused}`)
    for (const {serial, reason} of result.failed) this.notice(`${name}: failed: ${serial}: ${reason}`)
  }

  #conclude(results: readonly RuleResult[], storesDown: number): void {
    if (results.some(({skipped, failed}) => skipped.length + failed.length > 0)) process.exitCode = exitCodes.PARTIAL
    if (storesDown > 0) {
      this.notice('User stores could not be asked; their tokens were left alone.')
      process.exitCode = exitCodes.UNAVAILABLE
    }
    if (results.some(({refused}) => refused !== undefined)) process.exitCode = exitCodes.BREAKER
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The rules ${file} cannot be read: ${reasonOf(error)}.`, {cause: error})
  }
}
