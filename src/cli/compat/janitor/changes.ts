import {PiError, reasonOf} from '../../../lib/errors.js'
import {pythonRepr} from '../../../lib/python/repr.js'
import * as changes from '../../../lib/services/tokens/changes.js'
import type {TokenService} from '../../../lib/services/tokens/index.js'
import {LockedToken} from '../../../lib/services/tokens/locked.js'
import type {LegacyAction, LegacyFind, LegacyOutput} from './options.js'

/** What `AttributeError` says of `--action tokenrealms` without `--tokenrealms`. */
const missingRealms = "'NoneType' object has no attribute 'split'"

interface Step {
  change: changes.Change
  done: (serial: string) => string
}

/** Actions of 3.8 and eduMFA that change tokens, one token after the other. */
export class LegacyChanges {
  readonly #tokens: TokenService
  readonly #find: LegacyFind
  readonly #output: LegacyOutput
  #emptyPinHash: Promise<string> | undefined
  #failed = 0

  constructor(tokens: TokenService, find: LegacyFind, output: LegacyOutput) {
    this.#tokens = tokens
    this.#find = find
    this.#output = output
  }

  /** Tokens that could not be changed. */
  get failed(): number {
    return this.#failed
  }

  async apply(serial: string, action: LegacyAction, options: {keepLongDescriptions: boolean}): Promise<void> {
    try {
      for (const {change, done} of await this.#steps(action, options)) {
        await this.#tokens.apply(serial, change)
        this.#output.out(`${done(serial)}\n`)
      }
    } catch (error) {
      this.#failed += 1
      this.#output.out(`Failed to process token ${serial}.\n${legacyText(error)}\n`)
    }
  }

  async #steps(action: LegacyAction, {keepLongDescriptions}: {keepLongDescriptions: boolean}): Promise<Step[]> {
    const {setDescription, setInfoKey, setInfoValue, removeInfoKey, tokenRealms} = this.#find
    switch (action) {
      case 'disable': {
        return [{change: changes.setActive(false), done: (serial) => `Disabling token ${serial}`}]
      }
      case 'enable': {
        return [{change: changes.setActive(true), done: (serial) => `Enabling token ${serial}`}]
      }
      case 'delete': {
        return [{change: changes.remove, done: (serial) => `Deleting token ${serial}`}]
      }
      case 'unassign': {
        this.#emptyPinHash ??= this.#tokens.emptyPinHash()
        return [{change: changes.unassign(await this.#emptyPinHash), done: (serial) => `Unassigning token ${serial}`}]
      }
      case 'reset': {
        return [{change: changes.resetFailcount, done: (serial) => `Resetting failcounter of token ${serial}`}]
      }
      case 'unmark': {
        if (!removeInfoKey) return []
        return [
          {
            change: changes.removeInfo([removeInfoKey]),
            done: (serial) => `Removing tokeninfo for token ${serial}: ${removeInfoKey}`,
          },
        ]
      }
      case 'tokenrealms': {
        if (tokenRealms === undefined) throw new PiError('USAGE', missingRealms)
        const names = tokenRealms
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '')
        return [
          {
            change: changes.setRealms(await this.#tokens.knownRealmIds(names)),
            done: (serial) => `Setting realms of token ${serial} to ${pythonRepr(names)}.`,
          },
        ]
      }
      case 'mark': {
        const steps: Step[] = []
        if (setDescription) {
          steps.push({
            change: changes.setDescription(setDescription, {cut: !keepLongDescriptions}),
            done: (serial) => `Setting description for token ${serial}: ${setDescription}`,
          })
        }
        if (setInfoKey && setInfoValue) {
          steps.push({
            change: changes.setInfo({key: setInfoKey, value: setInfoValue}),
            done: (serial) => `Setting tokeninfo for token ${serial}: ${setInfoKey}=${setInfoValue}`,
          })
        }
        return steps
      }
      case 'export':
      case 'listuser': {
        return []
      }
    }
  }
}

function legacyText(error: unknown): string {
  if (error instanceof LockedToken) return 'ERR1007: This action is not possible, since the token is locked'
  return reasonOf(error)
}
