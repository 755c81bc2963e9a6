import type {JanitorAction} from '../../lib/services/janitor/actions.js'
import {PiError} from '../../lib/errors.js'

/** What `token-janitor find` can do with the tokens that it found. */
export const findActions = [
  'list',
  'listuser',
  'export',
  'mark',
  'unmark',
  'disable',
  'enable',
  'unassign',
  'delete',
  'reset-failcount',
  'set-realms',
  'list-containers',
  'add-to-container',
  'remove-from-container',
] as const

export type FindAction = (typeof findActions)[number]

/** Other spellings: of 3.8, 3.11 and eduMFA. */
const otherNames: Record<string, FindAction> = {
  reset: 'reset-failcount',
  tokenrealms: 'set-realms',
  'set-tokenrealms': 'set-realms',
  'set-description': 'mark',
  'set-tokeninfo': 'mark',
  'set-info': 'mark',
  'remove-tokeninfo': 'unmark',
  'remove-info': 'unmark',
}

/** Whether a word of the command line names an action. */
export function isActionName(word: string): boolean {
  const name = word.replaceAll('_', '-')
  return name in otherNames || (findActions as readonly string[]).includes(name)
}

/** @throws PiError USAGE */
export function readAction(word: string | undefined): FindAction {
  if (word === undefined) return 'list'
  const name = word.replaceAll('_', '-')
  const found = otherNames[name] ?? findActions.find((action) => action === name)
  if (found) return found
  throw new PiError('USAGE', `There is no action '${word}'.`, {hints: [`The actions are ${findActions.join(', ')}`]})
}

interface ActionFlags {
  'set-description'?: string | undefined
  'set-tokeninfo-key'?: string | undefined
  'set-tokeninfo-value'?: string | undefined
  'set-tokeninfo'?: string | undefined
  'remove-tokeninfo-key'?: string | undefined
  tokenrealms?: string | undefined
  'add-realms'?: boolean | undefined
  container?: string | undefined
}

/** The change that an action means, `undefined` when it only reads. @throws PiError USAGE when it lacks something */
export function changeAction(action: FindAction, flags: ActionFlags): JanitorAction | undefined {
  switch (action) {
    case 'delete':
    case 'disable':
    case 'enable':
    case 'reset-failcount':
    case 'unassign': {
      return {name: action}
    }
    case 'add-to-container': {
      const {container} = flags
      if (container === undefined) throw new PiError('USAGE', 'add-to-container needs --container SERIAL.')
      return {name: 'add-to-container', container}
    }
    case 'remove-from-container': {
      return {name: 'remove-from-container'}
    }
    case 'mark': {
      const info = infoOf(flags)
      const description = flags['set-description']
      if (info === undefined && description === undefined) {
        throw new PiError('USAGE', 'mark needs something to set.', {
          hints: ['Add --set-description TEXT', 'Or --set-tokeninfo-key KEY with --set-tokeninfo-value VALUE'],
        })
      }
      return {name: 'mark', ...(description !== undefined && {description}), ...(info && {info})}
    }
    case 'unmark': {
      const key = flags['remove-tokeninfo-key']
      if (key === undefined) throw new PiError('USAGE', 'unmark needs --remove-tokeninfo-key KEY.')
      return {name: 'remove-info', keys: [key]}
    }
    case 'set-realms': {
      if (flags.tokenrealms === undefined) {
        throw new PiError('USAGE', 'set-realms needs --tokenrealms REALMS.', {
          hints: ["For no realm: --tokenrealms ''"],
        })
      }
      const realms = flags.tokenrealms
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
      return {name: 'set-realms', realms, ...(flags['add-realms'] && {add: true})}
    }
    default: {
      return undefined
    }
  }
}

function infoOf(flags: ActionFlags): {key: string; value: string} | undefined {
  const both = flags['set-tokeninfo']
  if (both !== undefined) {
    const match = /^\s*([^=]+?)\s*=\s*(.*?)\s*$/s.exec(both)
    if (!match) throw new PiError('USAGE', `--set-tokeninfo is KEY=VALUE, not '${both}'.`)
    return {key: match[1]!, value: match[2]!}
  }
  const key = flags['set-tokeninfo-key']
  const value = flags['set-tokeninfo-value']
  if (key === undefined && value === undefined) return undefined
  if (key === undefined || value === undefined) {
    throw new PiError('USAGE', '--set-tokeninfo-key and --set-tokeninfo-value go together.')
  }
  return {key, value}
}
