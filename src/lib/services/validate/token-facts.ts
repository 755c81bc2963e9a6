import type {Database} from '../../db/database.js'
import type {ConditionContext, ConditionValue} from '../../policy/conditions/contract.js'
import {CheckTokenRepository} from '../../store/check-tokens.js'
import {TokenGroupingRepository} from '../../store/token-groupings.js'

/** A token as conditions of policies see it: columns under their database names, and its details. */
export async function tokenFacts(db: Database, serial: string | undefined): Promise<ConditionContext['token']> {
  const tokens = new CheckTokenRepository(db)
  const row = serial === undefined ? undefined : await tokens.bySerial(serial)
  if (!row) return undefined
  const info = Object.fromEntries([...row.info].map(([key, {value}]) => [key, value]))
  const groupings = new TokenGroupingRepository(db)
  const [realms, groups] = await Promise.all([groupings.realmsOf([row.id]), groupings.groupsOf([row.id])])
  const columns: Record<string, ConditionValue> = {
    id: row.id,
    description: row.description,
    serial: row.serial,
    tokentype: row.tokentype,
    info: JSON.stringify(info),
    resolver: row.owner?.resolver ?? '',
    user_id: row.owner?.userId ?? '',
    otplen: row.otplen,
    maxfail: row.maxfail,
    active: row.active,
    revoked: row.revoked,
    locked: row.locked,
    failcount: row.failcount,
    count: row.count,
    count_window: row.countWindow,
    sync_window: row.syncWindow,
    rollout_state: row.rolloutState,
    realms: realms.get(row.id) ?? [],
    tokengroup: groups.get(row.id) ?? [],
  }
  return {columns, info}
}
