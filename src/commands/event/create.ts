import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {eventFields, eventFieldsOf} from '../../cli/flags/event-fields.js'
import {readInputText} from '../../cli/input-text.js'
import {PiError} from '../../lib/errors.js'
import type {EventFinding} from '../../lib/events/lint/contract.js'

export default class EventCreate extends AppCommand<typeof EventCreate> {
  static override summary = 'Create an event handler.'
  static override description = `From arguments and flags, from a file (a handler as event show or the original writes it, with variables), or from both:
flags win over the file. Refused when a lint rule of severity error is broken; \`event handlers\` lists modules, actions, options
and conditions.`
  static override examples = [
    {
      command:
        '<%= config.bin %> <%= command.id %> "tell user" UserNotification sendmail -e token_init --option emailconfig=mail1 --option "body=Hello {user}"',
      description: 'A mail after each enrolment',
    },
    {
      command: '<%= config.bin %> <%= command.id %> "count failures" -f counter.yaml --set name=failed',
      description: 'From a template with ${name}',
    },
  ]
  static override args = {
    name: Args.string({description: 'name of the handler', ignoreStdin: true, required: true}),
    handler: Args.string({description: 'module, e.g. UserNotification', ignoreStdin: true}),
    action: Args.string({description: 'what it does, e.g. sendmail', ignoreStdin: true}),
  }
  static override flags = {
    ...eventFields,
    'dry-run': dryRun,
    file: Flags.string({char: 'f', description: 'file with a handler: YAML, JSON or Python', helpValue: 'FILE'}),
    force: Flags.boolean({description: 'write it although a lint rule is broken'}),
    set: Flags.string({
      description: 'value of a variable in the file',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    update: Flags.boolean({description: 'replace a handler of this name'}),
  }

  async run(): Promise<{name: string; changed: boolean; findings: EventFinding[]}> {
    const {args, flags} = this
    const {eventFromFile} = await import('../../lib/services/events/file.js')
    const text = flags.file === undefined ? undefined : await readInputText(flags.file)
    const base = text === undefined ? {} : eventFromFile(text, flags.set ?? [])
    const given = {
      ...base,
      ...(args.handler !== undefined && {handler: args.handler}),
      ...(args.action !== undefined && {action: args.action}),
      ...eventFieldsOf(flags, base),
    }
    if (!given.handler || !given.action || !given.events?.length) {
      throw new PiError('USAGE', 'A handler needs a module, an action and an event.', {
        hints: ['Give them as arguments and --event, or in a file (-f)', 'See pi-manage event handlers'],
      })
    }
    const result = await this.withApp(async (app) => {
      const events = await app.events()
      return events.save(args.name, await events.validated(args.name, given), {
        dryRun: flags['dry-run'],
        force: flags.force,
        update: flags.update,
      })
    })
    for (const {message, rule, severity} of result.findings) this.notice(`${severity} ${rule}: ${message}`)
    const done = flags['dry-run'] ? 'Would write' : 'Wrote'
    this.log(
      result.changed ? `${done} event handler ${args.name}.` : `Event handler ${args.name} is as wanted already.`,
    )
    return {name: args.name, ...result}
  }
}
