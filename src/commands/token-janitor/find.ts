import {writeFileSync} from 'node:fs'
import {Args, Flags} from '@oclif/core'
import type {App} from '../../app.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {janitorActions, janitorSafety} from '../../cli/flags/janitor-actions.js'
import {janitorExport} from '../../cli/flags/janitor-export.js'
import {janitorFilters} from '../../cli/flags/janitor-filters.js'
import {changeAction, findActions, readAction, type FindAction} from '../../cli/janitor/action-names.js'
import {JanitorChangeCommand, type ChangeDocument} from '../../cli/janitor/change-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import type {WriteCounts} from '../../cli/write-tokens.js'
import {PiError} from '../../lib/errors.js'
import {needsOrphans, type Condition} from '../../lib/services/janitor/condition.js'

export default class TokenJanitorFind extends JanitorChangeCommand<typeof TokenJanitorFind> {
  static override summary = 'Find tokens by any property, and list or change them.'
  static override description =
    'All filters must hold; without any, all tokens are found. As much as possible is decided by the database. ' +
    'Before tokens are changed the list is complete, and a run that would touch too many stops (exit 8). What a change ' +
    'takes away is written to an encrypted undo file first; "token-janitor undo FILE" brings it back. ' +
    'With --plan the list is frozen into a file for "token-janitor apply". ' +
    'A user store that fails is never proof that an owner is gone (exit 6).'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --tokentype hotp --last-auth 180d',
      description: 'Unused HOTP tokens',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> disable --where "type = totp and info.last_auth < ago(1y)" --dry-run',
      description: 'What would be disabled',
    },
    {
      command: '<%= config.bin %> <%= command.id %> delete --orphaned true --plan orphans.json',
      description: 'Freeze the list for later',
    },
    {
      command: '<%= config.bin %> <%= command.id %> listuser --sum --attributes email --output-format csv',
      description: 'How many tokens each user has',
    },
  ]
  static override args = {
    action: Args.string({description: `what to do: ${findActions.join(', ')} (default: list)`, ignoreStdin: true}),
  }
  static override flags = {
    ...janitorFilters,
    ...janitorActions,
    ...janitorSafety,
    ...janitorExport,
    'dry-run': dryRun,
    yes,
    plan: Flags.string({
      description: 'write the list and the action into this file instead of changing anything',
      exclusive: ['dry-run'],
      helpValue: 'FILE',
    }),
    attributes: Flags.string({
      aliases: ['show-user-attribute'],
      description: 'attributes of the owners to show, with commas',
      helpValue: 'NAMES',
    }),
    sum: Flags.boolean({description: 'listuser: one line a user, with the number of tokens'}),
    usernames: Flags.boolean({description: 'ask the user stores for the logins of the owners'}),
    csv: Flags.boolean({description: 'the same as --output-format csv; under the old program name the form of 3.8'}),
    'output-format': Flags.option({
      options: ['table', 'csv', 'json', 'jsonl', 'yaml'] as const,
      default: 'table' as const,
      description: 'form of a list',
      env: 'PI_MANAGE_OUTPUT_FORMAT',
    })(),
    chunksize: Flags.string({
      aliases: ['page-size', 'chunk-size'],
      description: 'tokens to read at a time',
      env: 'PI_MANAGE_CHUNK_SIZE',
      helpValue: 'N',
    }),
  }

  override async init(): Promise<void> {
    const {normaliseFind} = await import('../../cli/compat/janitor/argv.js')
    const known = {...TokenJanitorFind.baseFlags, ...TokenJanitorFind.flags}
    const valued = new Set(
      Object.entries(known).flatMap(([name, flag]) =>
        flag.type === 'option'
          ? [`--${name}`, ...(flag.aliases ?? []).map((alias) => `--${alias}`), `-${flag.char}`]
          : [],
      ),
    )
    this.argv = normaliseFind(
      this.argv,
      (flag) => valued.has(flag) || valued.has(`--${flag.slice(2).replaceAll('_', '-')}`),
    )
    await super.init()
  }

  /** Lists are written as they are read; a change gives a document. */
  async run(): Promise<ChangeDocument | WriteCounts | void> {
    const {flags} = this
    if (this.shim && this.args.action === undefined && !this.#isNewStyle()) {
      const {runLegacyFind} = await import('../../cli/compat/janitor/command.js')
      process.exitCode = await this.withApp((app) => runLegacyFind(app, flags, process.env['PI_MANAGE_PRODUCT']))
      return
    }
    if (this.args.action !== undefined && flags.action !== undefined) {
      throw new PiError('USAGE', 'Name the action once: as a word, or with --action.')
    }
    const action = readAction(this.args.action ?? flags.action)
    return this.withApp(async (app) => {
      const {conditionOfFlags} = await import('../../cli/janitor/condition.js')
      const condition = await conditionOfFlags(app, flags, new Date())
      const result = await this.#do(app, action, condition)
      await this.#reportFailures(app, condition)
      return result
    })
  }

  async #do(app: App, action: FindAction, condition: Condition): Promise<ChangeDocument | WriteCounts | void> {
    const {flags} = this
    const change = changeAction(action, flags)
    if (change) {
      const {makePlan, writePlan} = await import('../../lib/services/janitor/plan.js')
      const plan = await makePlan(await app.selection(), condition, {action: change, found: this.argv.join(' ')})
      if (flags.plan !== undefined) {
        writeFileSync(flags.plan, writePlan(plan), {flag: 'wx', mode: 0o600})
        this.notice(
          `${flags.plan}: ${plan.tokens.length} tokens. Carry it out: pi-manage token-janitor apply ${flags.plan}`,
        )
        return {...this.rehearse(plan), dryRun: true}
      }
      return flags['dry-run'] ? this.rehearse(plan) : this.carryOut(app, plan, flags)
    }
    const attributes = (flags.attributes ?? '').split(',').filter((name) => name !== '')
    const format = this.jsonEnabled() ? 'json' : flags.csv ? 'csv' : flags['output-format']
    const shown = {
      attributes,
      format,
      fancy: process.stdout.isTTY,
      write: (text: string) => void process.stdout.write(text),
    }
    if (action === 'listuser') {
      const {listOwners} = await import('../../cli/janitor/owners.js')
      await listOwners(app, condition, {...shown, sum: flags.sum ?? false})
      return
    }
    if (action === 'export') {
      const {exportTokens} = await import('../../cli/janitor/export.js')
      if (this.jsonEnabled() && flags.output === undefined) {
        throw new PiError('USAGE', 'With --json the tokens go into a file: add --output FILE.')
      }
      const counts = await exportTokens(app, condition, flags)
      for (const {serial, reason} of counts.skipped.slice(0, 50)) this.notice(`${serial}: ${reason}`)
      this.notice(`Wrote ${counts.written} tokens; ${counts.skipped.length} were left out.`)
      return counts
    }
    if (action === 'list-containers') {
      const {listContainersOf} = await import('../../cli/janitor/containers-of.js')
      await listContainersOf(app, condition, shown)
      return
    }
    const {listTokens} = await import('../../cli/janitor/list.js')
    await listTokens(app, condition, {...shown, pageSize: this.#pageSize(), usernames: flags.usernames ?? false})
  }

  /** What 3.8 does not know: then the output is ours under every program name. */
  #isNewStyle(): boolean {
    const {flags} = this
    return (
      [flags.where, flags.tokeninfo, flags.tokenowner, flags.tokencontainer, flags.plan].some(
        (one) => one !== undefined,
      ) || (flags.tokenattribute ?? []).some((text) => /[=!<>]/.test(text))
    )
  }

  #pageSize(): number | undefined {
    const {chunksize} = this.flags
    if (chunksize === undefined) return undefined
    if (!/^[1-9]\d{0,6}$/.test(chunksize))
      throw new PiError('USAGE', `--chunksize is a number of tokens, not '${chunksize}'.`)
    return Number(chunksize)
  }

  /** User stores that could not be asked: their tokens were left alone, and the status says so. */
  async #reportFailures(app: App, condition: Condition): Promise<void> {
    if (!needsOrphans(condition)) return
    const failures = (await (await app.selection()).owners()).failures()
    const taken = this.flags['orphaned-on-error'] ? 'count as gone' : 'were left alone'
    for (const {resolver, reason} of failures) {
      this.notice(`The owners from '${resolver}' could not be looked up and ${taken}: ${reason.message}`)
    }
    if (failures.length > 0 && !this.flags['orphaned-on-error']) process.exitCode = exitCodes.UNAVAILABLE
  }
}
