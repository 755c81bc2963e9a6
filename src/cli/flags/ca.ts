import {Args, Flags} from '@oclif/core'
import {readSecretFile} from '../secret-input.js'
import type {PassphraseSource} from '../../lib/services/ca/index.js'

/** The CA that a command is about. */
export const caName = Args.string({description: 'name of the CA connector', ignoreStdin: true, required: true})

/** Passphrase of the CA key; used as `flags = {...caKey}` together with {@link passphraseFrom}. */
export const caKey = {
  'ca-password-file': Flags.string({
    description: 'read the passphrase of the CA key, or the PIN of its token, from the first line of this file',
    helpValue: 'FILE',
  }),
  wait: Flags.integer({
    default: 10,
    description: 'seconds to wait while another run works on the same CA',
    helpValue: 'SECONDS',
    min: 0,
  }),
}

/** From the file given, else from a terminal, where there is one; the connector's own setting comes between. */
export function passphraseFrom(flags: {'ca-password-file'?: string | undefined}): PassphraseSource {
  const file = flags['ca-password-file']
  return {
    ...(file !== undefined && {given: () => readSecretFile(file)}),
    ask: async (what) => {
      const [{PiError}, {askPassword}] = await Promise.all([import('../../lib/errors.js'), import('../prompt.js')])
      if (process.stdin.isTTY) return askPassword(what)
      throw new PiError('USAGE', `${what}: there is no terminal to ask on.`, {
        hints: [
          'Give it in a file: --ca-password-file FILE',
          'Or keep it with the connector, encrypted: pi-manage ca create or connect with --save-password',
        ],
      })
    },
  }
}
