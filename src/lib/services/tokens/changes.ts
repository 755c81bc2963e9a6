import type {Database} from '../../db/database.js'
import {ContainerRepository} from '../../store/containers.js'
import {TokenGroupingRepository} from '../../store/token-groupings.js'
import {TokenInfoRepository} from '../../store/token-info.js'
import {TokenOwnerRepository} from '../../store/token-owners.js'
import {TokenRepository} from '../../store/tokens.js'
import type {Token} from '../../types/token.js'
import {requireUnlocked} from './locked.js'

/** Detail that says since when the fail counter stands at its limit. */
const failcounterExceeded = 'failcounter_exceeded'

/**
 * The changes of spec/01-database.md §6.2 and §6.3, each on one token inside the transaction of the caller, who has read
 * the token in it. Each returns whether anything changed.
 */
export type Change = (tx: Database, token: Token) => Promise<boolean>

/** @throws LockedToken unless the token is so already */
export function setActive(active: boolean): Change {
  return async (tx, token) => {
    if (token.active === active) return false
    requireUnlocked(token)
    return new TokenRepository(tx).update(token.id, {active})
  }
}

/** Deletes a token with everything that belongs to it; a locked one too. */
export const remove: Change = async (tx, token) => (await new TokenRepository(tx).delete([token])) > 0

/**
 * Takes the token from its owner: PIN and fail counter are cleared, the realms stay.
 * @param emptyPinHash hash of the empty PIN, as the originals store it
 */
export function unassign(emptyPinHash: string): Change {
  return async (tx, token) => {
    requireUnlocked(token)
    await new TokenRepository(tx).update(token.id, {pinHash: emptyPinHash, failcount: 0})
    await clearExceeded(tx, token)
    await new TokenOwnerRepository(tx).removeAll([token.id])
    return true
  }
}

export interface NewOwner {
  userId: string
  resolver: string
  realm: string
}

/** Gives a token without owner to a user. The caller has made sure that there is none. */
export function assign(owner: NewOwner, {pinHash, assigned}: {pinHash?: string; assigned: Date}): Change {
  return async (tx, token) => {
    requireUnlocked(token)
    const groupings = new TokenGroupingRepository(tx)
    const realmId = (await groupings.realmIds([owner.realm])).get(owner.realm.toLowerCase()) ?? null
    await new TokenOwnerRepository(tx).add(token.id, {userId: owner.userId, resolver: owner.resolver, realmId})
    // since 3.11 the realms that the token had are kept, and the day is noted
    const keepsRealms = tx.schema.hasTable('tokencredentialidhash')
    if (realmId !== null) {
      if (keepsRealms) await groupings.addRealms(token.id, [realmId])
      else await groupings.setRealms([token.id], [realmId])
    }
    if (keepsRealms) {
      const value = `${assigned.toISOString().slice(0, 19)}+00:00`
      await new TokenInfoRepository(tx).set(token.id, {key: 'assignment_date', value})
    }
    await new TokenRepository(tx).update(token.id, {failcount: 0, ...(pinHash !== undefined && {pinHash})})
    await clearExceeded(tx, token)
    return true
  }
}

/** @param pinHash hash, or reversible form, of the new PIN */
export function setPin(pinHash: string): Change {
  return async (tx, token) => {
    requireUnlocked(token)
    return new TokenRepository(tx).update(token.id, {pinHash})
  }
}

/** Sets the fail counter to zero. Not guarded by `locked`, as in the originals. */
export const resetFailcount: Change = async (tx, token) => {
  const cleared = await clearExceeded(tx, token)
  if (token.failcount === 0) return cleared
  return new TokenRepository(tx).update(token.id, {failcount: 0})
}

/** @param cut whether a text longer than the column is cut; otherwise the database decides */
export function setDescription(description: string, {cut = true} = {}): Change {
  return async (tx, token) => {
    requireUnlocked(token)
    const length = tx.schema.columnLength('token', 'description')
    const text = cut && length !== undefined ? [...description].slice(0, length).join('') : description
    if (text === token.description) return false
    return new TokenRepository(tx).update(token.id, {description: text})
  }
}

/** @param info a value of type `password` is already encrypted */
export function setInfo(info: {key: string; value: string; type?: string}): Change {
  return async (tx, token) => {
    requireUnlocked(token)
    await new TokenInfoRepository(tx).set(token.id, info)
    return true
  }
}

/** Removes details. Not guarded by `locked`, as in the originals. */
export function removeInfo(keys: readonly string[]): Change {
  return async (tx, token) => (await new TokenInfoRepository(tx).remove([token.id], keys)) > 0
}

/**
 * Makes these the realms of the token, or adds them. Since 3.10 the realm of the owner cannot be taken away.
 * @param realmIds of realms that exist
 */
export function setRealms(realmIds: readonly number[], {add = false} = {}): Change {
  return async (tx, token) => {
    const groupings = new TokenGroupingRepository(tx)
    if (add) {
      await groupings.addRealms(token.id, realmIds)
      return true
    }
    const wanted = new Set(realmIds)
    if (tx.schema.hasTable('nodename')) {
      const owners = (await new TokenOwnerRepository(tx).of([token.id])).get(token.id) ?? []
      const names = owners.flatMap(({realm}) => (realm === undefined ? [] : [realm]))
      for (const id of (await groupings.realmIds(names)).values()) wanted.add(id)
    }
    await groupings.setRealms([token.id], [...wanted])
    return true
  }
}

/**
 * Puts the token into a container, out of the one that it is in.
 * @param containerId of a container that exists
 */
export function putIntoContainer(containerId: number): Change {
  return async (tx, token) => new ContainerRepository(tx).put(token.id, containerId)
}

/** Takes the token out of its container. */
export const takeOutOfContainer: Change = async (tx, token) => new ContainerRepository(tx).takeOut([token.id])

async function clearExceeded(tx: Database, {id}: Token): Promise<boolean> {
  return (await new TokenInfoRepository(tx).remove([id], [failcounterExceeded])) > 0
}
