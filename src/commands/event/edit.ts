import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {eventFields, eventFieldsOf} from '../../cli/flags/event-fields.js'
import type {EventFinding} from '../../lib/events/lint/contract.js'

const removal = (description: string) =>
  Flags.string({description, helpValue: 'NAME', multiple: true, multipleNonGreedy: true})

export default class EventEdit extends AppCommand<typeof EventEdit> {
  static override summary = 'Change fields of an event handler and keep the others.'
  static override description =
    'Options and conditions given are set beside those that are there. Refused when a lint rule of severity error is broken.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> "tell user" --option mimetype=html', description: 'One option'},
    {
      command: '<%= config.bin %> <%= command.id %> 3 --condition realm=sales --remove-condition tokentype',
      description: 'One condition set, one taken away',
    },
  ]
  static override args = {event: Args.string({description: 'id or name', ignoreStdin: true, required: true})}
  static override flags = {
    ...eventFields,
    action: Flags.string({description: 'new action'}),
    'dry-run': dryRun,
    force: Flags.boolean({description: 'write it although a lint rule is broken'}),
    handler: Flags.string({description: 'new module'}),
    'remove-condition': removal('condition to take away'),
    'remove-option': removal('option to take away'),
  }

  async run(): Promise<{name: string; changed: boolean; findings: EventFinding[]}> {
    const {flags} = this
    const {name, ...result} = await this.withApp(async (app) => {
      const events = await app.events()
      const {id: _id, name: found, ...stored} = await events.get(this.args.event)
      const wanted = {
        ...stored,
        ...(flags.handler !== undefined && {handler: flags.handler}),
        ...(flags.action !== undefined && {action: flags.action}),
        ...eventFieldsOf(flags, stored),
      }
      const without = (values: Record<string, string>, names: readonly string[] = []): Record<string, string> =>
        Object.fromEntries(Object.entries(values).filter(([key]) => !names.includes(key)))
      const document = await events.validated(found, {
        ...wanted,
        conditions: without(wanted.conditions, flags['remove-condition']),
        options: without(wanted.options, flags['remove-option']),
      })
      return {
        name: found,
        ...(await events.save(found, document, {dryRun: flags['dry-run'], force: flags.force, update: true})),
      }
    })
    for (const {message, rule, severity} of result.findings) this.notice(`${severity} ${rule}: ${message}`)
    const done = flags['dry-run'] ? 'Would change' : 'Changed'
    this.log(result.changed ? `${done} event handler ${name}.` : `Event handler ${name} is as wanted already.`)
    return {name, ...result}
  }
}
