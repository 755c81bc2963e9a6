import type {Row} from '../../db/database.js'
import {elementList} from '../../policy/elements.js'
import {AdminRepository} from '../../store/admins.js'
import {PolicyRepository} from '../../store/policies.js'
import {RealmRepository} from '../../store/realms.js'
import {ResolverRepository} from '../../store/resolvers.js'
import {outcome, type DoctorCheck, type Fault} from '../contract.js'
import {quoted} from '../shared/texts.js'

/** User stores, realms and administrators. */
export const userChecks: readonly DoctorCheck[] = [
  {
    id: 'resolvers',
    title: 'every user store answers',
    severity: 'error',
    mend: 'pi-manage resolver test NAME',
    timeoutMs: 60_000,
    async run({database, testResolvers}) {
      const found = await new ResolverRepository(await database()).all()
      if (found.length === 0) return {skipped: 'There are no resolvers.'}
      const tests = await testResolvers()
      return outcome(
        `${tests.length} resolvers`,
        tests
          .filter(({ok}) => !ok)
          .map(({message, name, type}) => ({message: `The resolver '${name}' (${type}): ${message}`})),
      )
    },
  },
  {
    id: 'resolvers-unused',
    title: 'every resolver is in a realm, and every realm has one',
    severity: 'warning',
    mend: 'pi-manage realm create REALM RESOLVER, or delete what is not needed',
    async run({database}) {
      const db = await database()
      const [realms, resolvers] = await Promise.all([new RealmRepository(db).all(), new ResolverRepository(db).all()])
      const used = new Set(realms.flatMap((realm) => realm.resolvers.map(({name}) => name)))
      const faults: Fault[] = [
        ...realms
          .filter((realm) => realm.resolvers.length === 0)
          .map(({name}) => ({message: `The realm '${name}' has no resolver, so no users.`})),
        ...resolvers
          .filter(({name}) => !used.has(name))
          .map(({name}): Fault => ({message: `The resolver '${name}' is in no realm.`, severity: 'note'})),
      ]
      return outcome(`${realms.length} realms, ${resolvers.length} resolvers`, faults)
    },
  },
  {
    id: 'default-realm',
    title: 'one realm is the default',
    severity: 'warning',
    mend: 'pi-manage realm set-default REALM',
    async run({database}) {
      const realms = await new RealmRepository(await database()).all()
      if (realms.length === 0) return {skipped: 'There are no realms.'}
      const defaults = realms.filter(({isDefault}) => isDefault).map(({name}) => name)
      if (defaults.length === 0)
        return outcome('', [{message: 'No realm is the default: logins without realm find nobody.'}])
      return outcome(
        `${defaults[0]}`,
        defaults.length > 1
          ? [
              {
                message: `Several realms are the default: ${quoted(defaults)}. Which one counts is chance.`,
                severity: 'error',
              },
            ]
          : [],
      )
    },
  },
  {
    id: 'superuser-realm',
    title: 'SUPERUSER_REALM makes nobody an administrator by accident',
    severity: 'error',
    mend: 'Keep administrators in a realm of their own, and name only that in SUPERUSER_REALM',
    async run({settings, database}) {
      const superusers = (await settings()).list('SUPERUSER_REALM').map((name) => name.toLowerCase())
      const realms = await new RealmRepository(await database()).all()
      const faults: Fault[] = realms
        .filter(({isDefault, name}) => isDefault && superusers.includes(name.toLowerCase()))
        .map(({name}) => ({
          message: `The default realm '${name}' is in SUPERUSER_REALM: all users of it are administrators.`,
        }))
      return outcome(quoted(superusers), faults)
    },
  },
  {
    id: 'administrators',
    title: 'there is somebody who may log in as administrator',
    severity: 'error',
    mend: 'pi-manage admin add NAME, or pi-manage admin change NAME for a new password',
    async run({settings, database}) {
      const db = await database()
      const admins = await new AdminRepository(db).all()
      const without = admins.filter(({passwordHash}) => !passwordHash).map(({username}) => username)
      const superusers = (await settings()).list('SUPERUSER_REALM').map((name) => name.toLowerCase())
      const realms = (await new RealmRepository(db).all()).filter(({name}) => superusers.includes(name.toLowerCase()))
      const faults: Fault[] = without.map((name) => ({
        message: `The administrator '${name}' has no password and cannot log in.`,
        severity: 'warning',
      }))
      if (admins.length === 0 && realms.length === 0) {
        faults.push({
          message: 'There is no administrator, neither local nor in a realm of SUPERUSER_REALM.',
          severity: 'note',
        })
      }
      return outcome(`${admins.length} local administrators`, faults)
    },
  },
  {
    id: 'administrators-rights',
    title: 'every administrator may do something, and not everybody everything',
    severity: 'warning',
    mend: 'pi-manage policy create NAME --scope admin …',
    async run({database}) {
      const db = await database()
      const [admins, policies] = await Promise.all([new AdminRepository(db).all(), new PolicyRepository(db).all()])
      if (admins.length === 0) return {skipped: 'There are no local administrators.'}
      const active = policies.filter(({active: on, scope}) => on && scope === 'admin')
      if (active.length === 0) {
        const many = admins.length > 1
        return outcome(
          'one administrator, who may do everything',
          many ? [{message: `No policy limits what ${admins.length} administrators may do.`, severity: 'note'}] : [],
        )
      }
      // Without conditions on names every policy of the scope is for local administrators.
      const open = active.some(({adminUsers, adminRealms}) => adminUsers.length === 0 && adminRealms.length === 0)
      const powerless = open
        ? []
        : admins.filter(
            ({username}) =>
              !active.some(({adminRealms, adminUsers}) => names(adminUsers, username) && adminRealms.length === 0),
          )
      return outcome(
        `${active.length} policies for ${admins.length} administrators`,
        powerless.map(({username}) => ({message: `No policy lets the administrator '${username}' do anything.`})),
      )
    },
  },
  {
    id: 'administrators-hashes',
    title: 'passwords of administrators are hashed as is usual today',
    severity: 'warning',
    mend: 'pi-manage admin change NAME sets a new password',
    async run({database}) {
      const admins = await new AdminRepository(await database()).all()
      const old = admins.filter(
        ({passwordHash}) => passwordHash && !/^\$(argon2|pbkdf2-sha512|2[aby])/.test(passwordHash),
      )
      return outcome(
        `${admins.length} administrators`,
        old.map(({username}) => ({message: `The password of '${username}' is hashed in an old way.`})),
      )
    },
  },
  {
    id: 'custom-attributes',
    title: 'attributes of users belong to realms and resolvers that are there',
    severity: 'note',
    mend: 'Delete the rows of customuserattribute',
    async run({database}) {
      const db = await database()
      const resolvers = db.k('resolver').select('name')
      const [row] = (await db
        .k('customuserattribute')
        .whereNotNull('resolver')
        .whereNot('resolver', '')
        .whereNotIn('resolver', resolvers)
        .count({n: '*'})) as Row[]
      const n = Number(row?.['n'] ?? 0)
      return outcome('all known', n > 0 ? [{message: `${n} attributes belong to users of unknown resolvers.`}] : [])
    },
  },
]

/** Whether a list of a policy names an administrator. */
function names(list: readonly string[], username: string): boolean {
  if (list.length === 0) return true
  const {excluded, found} = elementList(list).search(username)
  return found && !excluded
}
