import type {KeyObject} from 'node:crypto'
import {verifyAuditRow} from '../../audit/sign.js'
import type {Database, Row} from '../../db/database.js'
import {signedColumns, signedFields} from '../../store/audit.js'

/** A public key that may have signed rows. */
export interface VerifyKey {
  fingerprint: string
  key: KeyObject
}

export interface VerifyRules {
  keys: readonly VerifyKey[]
  /** Decimal signatures without padding, of releases before 3.3, count too. */
  allowOld: boolean
  /** Ids may lie so far apart without one missing. */
  increment: number
}

/** A row that is not as it was signed. */
export interface RowProblem {
  id: number
  problem: 'signature' | 'unsigned'
}

export interface SegmentResult {
  rows: number
  /** Ids that are there, as ranges; distances that the increment explains are filled. */
  present: number[]
  /** Rows per fingerprint of the key that verifies them. */
  byKey: Record<string, number>
  problems: RowProblem[]
}

const pageSize = 1000

/** Verifies the rows with ids above `after` up to `last`. */
export async function verifySegment(
  db: Database,
  {after, last}: {after: number; last: number},
  rules: VerifyRules,
): Promise<SegmentResult> {
  const result: SegmentResult = {rows: 0, present: [], byKey: {}, problems: []}
  const {present, byKey} = result
  const columns = [...signedColumns(db.schema), 'signature']
  // Rows that one key signed lie together.
  let keys = [...rules.keys]
  for await (const page of db.pages<Row>(db.schema.auditTable, {
    after,
    size: pageSize,
    build: (query) => void query.select(columns).where('id', '<=', last),
  })) {
    for (const row of page) {
      const id = Number(row['id'])
      const end = present.at(-1)
      if (end !== undefined && id - end <= rules.increment) present[present.length - 1] = id
      else present.push(id, id)
      const signature = row['signature'] as string | null
      if (!signature) {
        result.problems.push({id, problem: 'unsigned'})
        continue
      }
      const fields = signedFields(row, db.schema)
      const found = keys.find(({key}) => verifyAuditRow(key, fields, signature, {allowOld: rules.allowOld}))
      if (!found) {
        result.problems.push({id, problem: 'signature'})
        continue
      }
      byKey[found.fingerprint] = (byKey[found.fingerprint] ?? 0) + 1
      if (found !== keys[0]) keys = [found, ...keys.filter((key) => key !== found)]
    }
    result.rows += page.length
  }
  return result
}
