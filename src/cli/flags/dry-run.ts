import {Flags} from '@oclif/core'

/** `--dry-run` of commands that modify; used as `flags = {'dry-run': dryRun}`. The aliases are the originals' spellings. */
export const dryRun = Flags.boolean({
  aliases: ['dryrun', 'noaction'],
  description: 'show what would be done, and change nothing',
})
