import {Flags} from '@oclif/core'
import {PiError} from '../../lib/errors.js'
import {readSecretFile} from '../secret-input.js'

/** Settings of a resolver on the command line; used as `flags = {...resolverSettings}` together with `settingsOf`. */
export const resolverSettings = {
  set: Flags.string({
    char: 's',
    description: 'a setting; a secret only as file:PATH or env:NAME',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'secret-file': Flags.string({
    description: 'a secret from the first line of a file, - for standard input',
    helpValue: 'KEY=FILE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  force: Flags.boolean({description: 'write it although its settings make no sense'}),
}

/**
 * The settings that the flags give.
 * @param isSecret which keys are not taken from the command line, where others can read them
 * @throws PiError USAGE, INVALID_INPUT (file)
 */
export function settingsOf(
  {
    set = [],
    'secret-file': files = [],
  }: {set?: readonly string[] | undefined; 'secret-file'?: readonly string[] | undefined},
  isSecret: (key: string) => boolean,
): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const text of set) {
    const [key, value] = split(text, '--set')
    if (isSecret(key) && value !== '' && !/^(?:file|env):/.test(value)) {
      throw new PiError('USAGE', `The secret ${key} is not taken from the command line, where others can read it.`, {
        hints: [`Give it with --secret-file ${key}=FILE, or as --set ${key}=file:PATH`],
      })
    }
    settings[key] = value
  }
  for (const text of files) {
    const [key, file] = split(text, '--secret-file')
    settings[key] = readSecretFile(file)
  }
  return settings
}

function split(text: string, flag: string): [key: string, value: string] {
  const at = text.indexOf('=')
  if (at < 1) throw new PiError('USAGE', `${flag} is of the form KEY=VALUE.`)
  return [text.slice(0, at), text.slice(at + 1)]
}
