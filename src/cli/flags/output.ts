import {Flags} from '@oclif/core'

/** The form of a list: used as `flags = {...output}` together with `AppCommand.showRows`. */
export const output = {
  'output-format': Flags.option({
    options: ['table', 'csv', 'json', 'yaml'] as const,
    default: 'table' as const,
    description: 'form of the list',
    env: 'PI_MANAGE_OUTPUT_FORMAT',
  })(),
}
