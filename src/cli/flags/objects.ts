import {Flags} from '@oclif/core'

/** Which configuration objects are meant; used as `flags = {...objectSelection}`. */
export const objectSelection = {
  types: Flags.string({
    char: 't',
    description: 'types of objects: policy, event, resolver, realm, smtp-server, … (default: all)',
    helpValue: 'TYPE',
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
  }),
  name: Flags.string({char: 'n', description: 'only the object of this name', helpValue: 'NAME'}),
}

/** How secrets are written; used as `flags = {...secretForm}`. */
export const secretForm = {
  'print-passwords': Flags.boolean({
    aliases: ['print_passwords', 'show-secrets'],
    char: 'p',
    description: 'write passwords in clear',
    exclusive: ['sealed'],
  }),
  sealed: Flags.boolean({
    description: 'write passwords encrypted, as enc:…, for this site or one with the same key',
  }),
}
