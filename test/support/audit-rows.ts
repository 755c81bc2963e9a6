import type {KeyObject} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {verifyAuditRow} from '../../src/lib/audit/sign.js'
import {openDatabase} from '../../src/lib/db/connect.js'
import type {Row} from '../../src/lib/db/database.js'
import type {AuditKeyGeneration} from '../../src/lib/audit/generations.js'
import {signedFields} from '../../src/lib/store/audit.js'
import type {Instance} from './instance.js'

/** Ids of the audit rows of an installation whose signature a key verifies. */
export async function rowsVerifiedBy(instance: Instance, key: KeyObject): Promise<number[]> {
  const db = await openDatabase(`sqlite:///${instance.database}`, {readOnly: true})
  try {
    const rows: Row[] = await db.k<Row>(db.schema.auditTable).orderBy('id')
    return rows
      .filter((row) => verifyAuditRow(key, signedFields(row, db.schema), String(row['signature'] ?? '')))
      .map((row) => Number(row['id']))
  } finally {
    await db.close()
  }
}

/** The earlier audit keys that a rotation kept. */
export function auditKeysOf(file: string): AuditKeyGeneration[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as {keys: AuditKeyGeneration[]}).keys
}
