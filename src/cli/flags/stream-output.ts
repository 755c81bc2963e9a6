import {Flags} from '@oclif/core'

/** The form of a list that is written as it is read; used as `flags = {...streamOutput}` in a `StreamCommand`. */
export const streamOutput = {
  'output-format': Flags.option({
    options: ['table', 'csv', 'json', 'jsonl', 'yaml'] as const,
    default: 'table' as const,
    description: 'form of the list',
    env: 'PI_MANAGE_OUTPUT_FORMAT',
  })(),
}
