import {Flags} from '@oclif/core'

/** Ways to give a password other than a prompt: used as `flags = {...password}` together with `readPassword`. */
export const password = {
  'password-fd': Flags.integer({
    description: 'read the password from this open file descriptor',
    helpValue: 'N',
    min: 0,
  }),
  'password-file': Flags.string({description: 'read the password from the first line of this file', helpValue: 'FILE'}),
  'password-stdin': Flags.boolean({description: 'read the password from the first line of the standard input'}),
}
