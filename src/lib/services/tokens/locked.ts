import {PiError} from '../../errors.js'
import type {Token} from '../../types/token.js'

/** A token whose `locked` column forbids the change (spec/05-tokens-core.md §1.4). */
export class LockedToken extends PiError {
  constructor(serial: string) {
    super('REFUSED', `The token ${serial} is locked.`, {hints: ['A locked token can be deleted, but not changed']})
  }
}

/** @throws LockedToken */
export function requireUnlocked({serial, locked}: Pick<Token, 'locked' | 'serial'>): void {
  if (locked) throw new LockedToken(serial)
}
