import {Flags} from '@oclif/core'

const group = 'ACTION'
const text = (description: string, helpValue: string, aliases: string[] = []) =>
  Flags.string({aliases, description, helpGroup: group, helpValue})

/** What actions of the token janitor need (spec/03-cli.md §B.1.2, §B.2.2, §B.3). */
export const janitorActions = {
  action: text('the action, as 3.8 spells it', 'ACTION'),
  'set-description': text('mark: the new description', 'TEXT'),
  'set-tokeninfo-key': text('mark: the token detail to set', 'KEY'),
  'set-tokeninfo-value': text('mark: its value', 'VALUE'),
  'set-tokeninfo': text('mark: both in one', 'KEY=VALUE'),
  'remove-tokeninfo-key': text('unmark: the token detail to remove', 'KEY', ['remove-tokeninfo']),
  tokenrealms: text('set-realms: the new realms, with commas; nothing for none', 'REALMS', ['tokenrealm']),
  container: text('add-to-container: serial of the container', 'SERIAL'),
  'add-realms': Flags.boolean({description: 'set-realms: keep the realms that a token has', helpGroup: group}),
}

/** How changes are made, and the way back kept: for every command of the janitor that changes tokens. */
export const janitorSafety = {
  'allow-mass': Flags.integer({
    aliases: ['limit'],
    description: 'touch up to N tokens; without it the run stops at more than 100, or 5 % of all',
    helpGroup: 'SAFETY',
    helpValue: 'N',
    min: 0,
  }),
  'undo-file': Flags.string({
    description: 'where to write the way back (default: a new file in the state directory)',
    env: 'PI_MANAGE_UNDO_FILE',
    exclusive: ['no-undo'],
    helpGroup: 'SAFETY',
    helpValue: 'FILE',
  }),
  'no-undo': Flags.boolean({description: 'keep no way back', helpGroup: 'SAFETY'}),
  wait: Flags.integer({
    default: 0,
    description: 'wait so many seconds for another run of the janitor',
    helpGroup: 'SAFETY',
    helpValue: 'SECONDS',
    min: 0,
  }),
}
