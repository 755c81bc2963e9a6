import {Flags} from '@oclif/core'

/** What the migration tool of the originals takes: read so that the refusal is the answer, not a usage error. */
export const migration = {
  directory: Flags.string({char: 'd', description: 'folder of the migration scripts', hidden: true}),
  sql: Flags.boolean({description: 'print statements only', hidden: true}),
  tag: Flags.string({description: 'tag for the environment', hidden: true}),
  'x-arg': Flags.string({
    char: 'x',
    description: 'argument for the environment',
    hidden: true,
    multiple: true,
    multipleNonGreedy: true,
  }),
}
