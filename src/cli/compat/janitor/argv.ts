import {isActionName} from '../../janitor/action-names.js'

/** Flags that mean something else behind a sub-command of 3.11: sub-command → flag → ours. */
const behind: Record<string, Record<string, string>> = {
  list: {
    '-s': '--sum',
    '--summarize': '--sum',
    '-t': '--show-token-attribute',
    '-u': '--show-user-attribute',
  },
  'set-description': {'--description': '--set-description'},
  'set-tokeninfo': {'--tokeninfo': '--set-tokeninfo'},
  'set-tokenrealms': {'--tokenrealm': '--tokenrealms'},
  'remove-tokeninfo': {'--tokeninfo_key': '--remove-tokeninfo-key', '--tokeninfo-key': '--remove-tokeninfo-key'},
}

/**
 * Makes a command line of `find` unambiguous: 3.11 puts filters before a sub-command and its own options, some of the
 * same names, behind it; later releases of the old program give `--orphaned-on-error` a value.
 * @param takesValue whether a flag is followed by a value
 */
export function normaliseFind(argv: readonly string[], takesValue: (flag: string) => boolean): string[] {
  const out: string[] = []
  let renamed: Record<string, string> = {}
  let action: string | undefined
  const realms: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!
    if (word === '--') return [...out, ...argv.slice(index)]
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const name = equals < 0 ? word : word.slice(0, equals)
    const value = equals < 0 ? undefined : word.slice(equals + 1)
    if (
      ['--orphan-exception-value', '--orphan_exception_value', '--orphaned-on-error', '--orphaned_on_error'].includes(
        name,
      )
    ) {
      const given = value ?? (isBoolean(argv[index + 1]) ? argv[++index] : undefined)
      out.push(given === undefined || isTrue(given) ? '--orphaned-on-error' : '--no-orphaned-on-error')
      continue
    }
    if (!word.startsWith('-') || word === '-') {
      if (action === undefined && isActionName(word)) {
        action = word.replaceAll('_', '-')
        renamed = behind[action] ?? {}
        out.push(word)
      } else if (action === 'add-to-container') out.push('--container', word)
      else out.push(word)
      continue
    }
    const meant = renamed[name] ?? name
    if (action === 'set-tokenrealms' && meant === '--tokenrealms') {
      realms.push(value ?? argv[++index] ?? '')
      continue
    }
    out.push(value === undefined ? meant : `${meant}=${value}`)
    if (value === undefined && takesValue(meant) && index + 1 < argv.length) out.push(argv[++index]!)
  }
  return realms.length > 0 ? [...out, '--tokenrealms', realms.join(',')] : out
}

function isBoolean(word: string | undefined): boolean {
  return word !== undefined && /^(0|1|true|false)$/i.test(word)
}

function isTrue(text: string): boolean {
  return /^(1|true)$/i.test(text)
}
