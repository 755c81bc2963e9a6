import {Flags} from '@oclif/core'
import {PiError} from '../../lib/errors.js'
import type {RealmLink} from '../../lib/services/realms.js'

/** How resolvers are tied to a realm; used as `flags = {...realmLinks}` together with `linksOf`. */
export const realmLinks = {
  priority: Flags.string({
    char: 'p',
    delimiter: ',',
    description: 'who is asked first: 1 to 999, the lower one first; 0 for none',
    helpValue: 'RESOLVER=N',
    multiple: true,
    multipleNonGreedy: true,
  }),
  node: Flags.string({
    delimiter: ',',
    description: 'node that alone uses a resolver, since 3.10',
    helpValue: 'RESOLVER=UUID',
    multiple: true,
    multipleNonGreedy: true,
  }),
}

/** Words and comma lists as one list without empty elements. */
export function listOfWords(words: readonly string[]): string[] {
  return words
    .flatMap((word) => word.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/**
 * The resolvers named, with what the flags say about them.
 * @param words names, also as comma lists
 * @throws PiError USAGE for a flag about another resolver, or one that is not of the form NAME=VALUE
 */
export function linksOf(
  words: readonly string[],
  {node = [], priority = []}: {node?: readonly string[] | undefined; priority?: readonly string[] | undefined},
): RealmLink[] {
  const names = listOfWords(words)
  const links = new Map(names.map((name): [string, {-readonly [K in keyof RealmLink]: RealmLink[K]}] => [name, {name}]))
  const about = (text: string, flag: string) => {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? []
    const link = name === undefined ? undefined : links.get(name.trim())
    if (value === undefined) throw new PiError('USAGE', `${flag} is of the form RESOLVER=VALUE, not '${text}'.`)
    if (!link) throw new PiError('USAGE', `${flag} names '${name}', which is not among the resolvers given.`)
    return {link, value: value.trim()}
  }
  for (const text of priority) {
    const {link, value} = about(text, '--priority')
    if (!/^\d{1,3}$/.test(value)) throw new PiError('USAGE', `A priority is a number from 0 to 999, not '${value}'.`)
    link.priority = Number(value)
  }
  for (const text of node) {
    const {link, value} = about(text, '--node')
    link.node = value
  }
  return [...links.values()]
}
