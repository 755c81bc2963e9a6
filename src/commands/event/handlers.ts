import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import type {EventVocabulary} from '../../lib/events/describe.js'
import {PiError} from '../../lib/errors.js'

export default class EventHandlers extends AppCommand<typeof EventHandlers> {
  static override summary = 'List the modules that event handlers may use, with actions and options.'
  static override description =
    'For the release of the database. `conditions` and `events` instead of a module list those.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'All modules with their actions'},
    {command: '<%= config.bin %> <%= command.id %> UserNotification', description: 'The options of one'},
    {command: '<%= config.bin %> <%= command.id %> conditions', description: 'The conditions'},
  ]
  static override args = {
    module: Args.string({description: 'module, conditions or events', ignoreStdin: true}),
  }

  async run(): Promise<Partial<EventVocabulary>> {
    const {module} = this.args
    const known = await this.withApp(async (app) => (await app.events()).vocabulary())
    if (module === 'events') {
      for (const name of known.events) this.log(name)
      return {events: known.events}
    }
    if (module === 'conditions') {
      for (const {about, description, form, name} of known.conditions)
        this.log(`${name.padEnd(32)} ${description} (${about}): ${form}`)
      return {conditions: known.conditions}
    }
    const handlers = known.handlers.filter(({name}) => module === undefined || name === module)
    if (handlers.length === 0) {
      throw new PiError('NOT_FOUND', `There is no module '${module}' on this release.`, {
        hints: [`Modules: ${known.handlers.map(({name}) => name).join(', ')}`],
      })
    }
    for (const {actions, description, name, positions} of handlers) {
      this.log(`${name} (${positions.join(', ')}): ${description}`)
      for (const action of actions) {
        this.log(`  ${action.name}: ${action.description}`)
        if (module === undefined) continue
        for (const option of action.options)
          this.log(`    ${option.name}${option.required ? ' (needed)' : ''}: ${option.description}; ${option.form}`)
      }
    }
    return {handlers}
  }
}
