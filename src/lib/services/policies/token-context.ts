import type {Database, Row} from '../../db/database.js'
import {notFound} from '../../errors.js'
import type {ConditionContext} from '../../policy/conditions/contract.js'

/** A token as conditions of policies see it (spec/07 §5.1). @throws PiError NOT_FOUND */
export async function tokenContext(db: Database, serial: string): Promise<NonNullable<ConditionContext['token']>> {
  const row = await db.k<Row>('token').where({serial}).first()
  if (!row) throw notFound('token', serial, 'pi-manage token list')
  const id = row['id']
  const [info, owner, realms, groups] = await Promise.all([
    db.k<Row>('tokeninfo').where({token_id: id}),
    db.k<Row>('tokenowner').where({token_id: id}).orderBy('id').first(),
    db.k<Row>('tokenrealm').join('realm', 'realm.id', 'tokenrealm.realm_id').where({token_id: id}).select('realm.name'),
    db
      .k<Row>('tokentokengroup')
      .join('tokengroup', 'tokengroup.id', 'tokentokengroup.tokengroup_id')
      .where({token_id: id})
      .select('tokengroup.name'),
  ])
  const text = (name: string): string => String(row[name] ?? '')
  const number = (name: string): number => Number(row[name] ?? 0)
  return {
    columns: {
      id: Number(id),
      description: text('description'),
      serial: text('serial'),
      tokentype: text('tokentype'),
      resolver: String(owner?.['resolver'] ?? ''),
      user_id: String(owner?.['user_id'] ?? ''),
      otplen: number('otplen'),
      maxfail: number('maxfail'),
      active: db.bool(row['active']),
      revoked: db.bool(row['revoked']),
      locked: db.bool(row['locked']),
      failcount: number('failcount'),
      count: number('count'),
      count_window: number('count_window'),
      sync_window: number('sync_window'),
      rollout_state: text('rollout_state'),
      realms: realms.map((realm) => String(realm['name'])),
      tokengroup: groups.map((group) => String(group['name'])),
    },
    info: Object.fromEntries(
      info.map((entry) => [String(entry['Key']), entry['Type'] === 'password' ? '' : String(entry['Value'] ?? '')]),
    ),
  }
}
