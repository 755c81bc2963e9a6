import type {Database} from '../../db/database.js'
import {RealmRepository} from '../../store/realms.js'
import {UserAttributeRepository} from '../../store/user-attributes.js'
import type {UserAttributes} from '../users.js'

/** Reads custom attributes for the look-ups of users. */
export function customAttributes(db: Database): UserAttributes {
  return {
    async of({realm, resolver, userId}) {
      const realmId = realm === '' ? undefined : await new RealmRepository(db).id(realm)
      if (realmId === undefined) return {}
      return Object.fromEntries(await new UserAttributeRepository(db).of({realmId, resolver, userId}))
    },
  }
}
