import {Args, Flags} from '@oclif/core'
import type {App} from '../../app.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {janitorSafety} from '../../cli/flags/janitor-actions.js'
import {changeAction} from '../../cli/janitor/action-names.js'
import {JanitorChangeCommand, type ChangeDocument} from '../../cli/janitor/change-command.js'
import {conditionOf} from '../../lib/services/janitor/filters.js'
import type {Condition} from '../../lib/services/janitor/condition.js'
import {makePlan, type Plan} from '../../lib/services/janitor/plan.js'
import {selectTokens} from '../../lib/services/janitor/select.js'

interface UnusedToken {
  serial: string
  /** As it is stored. */
  lastAuth: string
}

export default class TokenJanitorUnused extends JanitorChangeCommand<typeof TokenJanitorUnused> {
  static override summary = 'List, mark, disable or delete tokens that were not used for a time.'
  static override description =
    'What privacyidea-get-unused-tokens does: tokens whose last login is longer ago than AGE. Tokens that never logged in ' +
    'are not among them; "token-janitor find --last-auth AGE --include-never-used" finds those, too.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> list 180d', description: 'Unused for half a year'},
    {command: '<%= config.bin %> <%= command.id %> disable 180d --dry-run', description: 'What would be disabled'},
    {
      command: '<%= config.bin %> <%= command.id %> mark 180d --tokeninfo unused=yes',
      description: 'Mark them for a later run',
    },
  ]
  static override args = {
    action: Args.string({
      description: 'what to do',
      ignoreStdin: true,
      options: ['list', 'mark', 'delete', 'disable'],
      required: true,
    }),
    age: Args.string({description: 'time without login, e.g. 180d', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...janitorSafety,
    'dry-run': dryRun,
    yes,
    description: Flags.string({char: 'd', description: 'mark: the new description', helpValue: 'TEXT'}),
    tokeninfo: Flags.string({char: 't', description: 'mark: a token detail to set', helpValue: 'KEY=VALUE'}),
  }

  async run(): Promise<ChangeDocument | {tokens: UnusedToken[]}> {
    const {action, age} = this.args
    const condition = conditionOf({lastAuth: age}, new Date())
    return this.withApp(async (app) => {
      if (action === 'list') return {tokens: await this.#list(app, condition)}
      const change = changeAction(action as 'delete' | 'disable' | 'mark', {
        'set-description': this.flags.description,
        'set-tokeninfo': this.flags.tokeninfo,
      })
      const found = `unused ${action} ${age}`
      const plan = await makePlan(await app.selection(), condition, {action: change!, found})
      return this.flags['dry-run'] ? this.rehearse(plan) : this.carryOut(app, plan, this.flags)
    })
  }

  /** The original's words under its name. */
  protected override sentence(plan: Plan, serial: string): string {
    const {name} = plan.action
    if (!this.shim || (name !== 'delete' && name !== 'disable')) return super.sentence(plan, serial)
    return `Token ${serial} ${name === 'delete' ? 'deleted' : 'disabled'}.`
  }

  async #list(app: App, condition: Condition): Promise<UnusedToken[]> {
    const tokens: UnusedToken[] = []
    for await (const page of selectTokens(await app.selection(), condition, {parts: ['info']})) {
      for (const {token, info} of page) {
        tokens.push({serial: token.serial, lastAuth: info.find(({key}) => key === 'last_auth')?.value ?? ''})
      }
    }
    if (this.shim) {
      this.log(`Token serial\tLast authentication\n${'='.repeat(42)}`)
      for (const {serial, lastAuth} of tokens) this.log(`${serial}\t${lastAuth}`)
    } else {
      await this.showRows(tokens, [
        {header: 'serial', get: ({serial}) => serial},
        {header: 'last_auth', get: ({lastAuth}) => lastAuth},
      ])
    }
    return tokens
  }
}
