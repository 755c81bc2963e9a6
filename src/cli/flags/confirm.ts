import {Flags} from '@oclif/core'

/** `--yes` of commands that ask before they destroy something; used as `flags = {yes}`. */
export const yes = Flags.boolean({char: 'y', description: 'do not ask for a confirmation'})
