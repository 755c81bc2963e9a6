import {PiError} from '../../errors.js'
import * as changes from '../tokens/changes.js'
import type {Change} from '../tokens/changes.js'
import type {TokenService} from '../tokens/index.js'

/** What the janitor can do to the tokens that it found. Plans and undo files keep it as it is. */
export type JanitorAction =
  | {name: 'delete'}
  | {name: 'disable'}
  | {name: 'enable'}
  | {name: 'reset-failcount'}
  | {name: 'unassign'}
  | {name: 'mark'; description?: string; info?: {key: string; value: string}}
  | {name: 'remove-info'; keys: string[]}
  | {name: 'set-realms'; realms: string[]; add?: boolean}
  | {name: 'add-to-container'; container: string}
  | {name: 'remove-from-container'}

export type JanitorActionName = JanitorAction['name']

/** What an action is called in sentences: `12 tokens to <verb>`, `<done> 12 tokens`. */
export const actionWords: Record<JanitorActionName, {verb: string; done: string}> = {
  delete: {verb: 'delete', done: 'Deleted'},
  disable: {verb: 'disable', done: 'Disabled'},
  enable: {verb: 'enable', done: 'Enabled'},
  'reset-failcount': {verb: 'reset the fail counter of', done: 'Reset the fail counter of'},
  unassign: {verb: 'unassign', done: 'Unassigned'},
  mark: {verb: 'mark', done: 'Marked'},
  'remove-info': {verb: 'remove a detail from', done: 'Removed a detail from'},
  'set-realms': {verb: 'set the realms of', done: 'Set the realms of'},
  'add-to-container': {verb: 'put into the container', done: 'Put into the container'},
  'remove-from-container': {verb: 'take out of the container', done: 'Took out of the container'},
}

/**
 * The change that an action makes to each token.
 * @throws PiError USAGE (an action without what it needs), NOT_FOUND (realm, container)
 */
export async function changeOf(action: JanitorAction, tokens: TokenService): Promise<Change> {
  switch (action.name) {
    case 'delete': {
      return changes.remove
    }
    case 'disable': {
      return changes.setActive(false)
    }
    case 'enable': {
      return changes.setActive(true)
    }
    case 'reset-failcount': {
      return changes.resetFailcount
    }
    case 'unassign': {
      return changes.unassign(await tokens.emptyPinHash())
    }
    case 'remove-info': {
      return changes.removeInfo(action.keys)
    }
    case 'set-realms': {
      return changes.setRealms(await tokens.realmIds(action.realms), {add: action.add ?? false})
    }
    case 'add-to-container': {
      return changes.putIntoContainer(await tokens.containerId(action.container))
    }
    case 'remove-from-container': {
      return changes.takeOutOfContainer
    }
    case 'mark': {
      const {description, info} = action
      const steps: Change[] = []
      if (description !== undefined) steps.push(changes.setDescription(description))
      if (info !== undefined) steps.push(changes.setInfo(info))
      if (steps.length === 0) {
        throw new PiError('USAGE', 'mark needs something to set.', {
          hints: ['Add --set-description, or --set-tokeninfo-key with --set-tokeninfo-value'],
        })
      }
      return async (tx, token) => {
        let changed = false
        for (const step of steps) changed = (await step(tx, token)) || changed
        return changed
      }
    }
  }
}
