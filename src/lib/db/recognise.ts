import type {Knex} from 'knex'
import {PiError} from '../errors.js'
import type {Catalogue} from './catalogue.js'
import type {Schema} from './database.js'
import {fingerprint, fingerprintOfAudit, type Recognised} from './fingerprint.js'
import {findRevision, olderRelease, revisions} from './revision.js'

interface RecogniseRequest {
  purpose: 'main' | 'audit'
  warn: (message: string) => void
}

interface RecognisedSchema {
  schema: Schema
  /** Why nothing may be written; absent when all is well. */
  readOnlyBecause?: string
}

/** The rows of alembic_version. */
export async function readRevisions(k: Knex, catalogue: Catalogue): Promise<string[]> {
  if (!catalogue.tables.has('alembic_version')) return []
  const rows = (await k('alembic_version').select('version_num').orderBy('version_num')) as {version_num: string}[]
  return rows.map((row) => row.version_num)
}

/**
 * Finds product and release by the stamped revision, else by the fingerprint (spec/01 §2). An empty database has no
 * schema. Branches that were never merged may be read and not written.
 * @throws PiError CONFIG for a schema that is unknown or older than 3.8
 */
export function recognise(
  catalogue: Catalogue,
  stamped: readonly string[],
  {purpose, warn}: RecogniseRequest,
): RecognisedSchema | undefined {
  if (purpose === 'audit' && !catalogue.tables.has('token')) {
    const found = fingerprintOfAudit(catalogue)
    return found && {schema: schemaOf(found, stamped[0], catalogue)}
  }
  if (stamped.length > 1) return ofSeveral(catalogue, stamped, warn)
  const [revision] = stamped
  if (revision === undefined) {
    if (!catalogue.tables.has('token')) return undefined
    const found = fingerprint(catalogue)
    if (!found) throw tooOld('It has no revision, and')
    return {schema: schemaOf(found, undefined, catalogue)}
  }
  const known = findRevision(revision)
  if (olderRelease(revision) || known?.version === '3.7') throw tooOld(`Its revision ${revision} says so:`)
  if (!known) throw unknownRevision(revision)
  if (!catalogue.tables.has('token')) {
    throw new PiError('CONFIG', `The database is stamped with revision ${revision}, but has no table token.`, {
      hints: ['See pi-manage db check'],
    })
  }
  if (!known.head) {
    warn(
      `The database stands between two releases (revision ${revision} on the way to ${known.version}): ` +
        `an upgrade was interrupted. Finish it with the server's own migration tool.`,
    )
  }
  return {schema: schemaOf(known, revision, catalogue)}
}

function ofSeveral(
  catalogue: Catalogue,
  stamped: readonly string[],
  warn: (message: string) => void,
): RecognisedSchema {
  const because = `it has several revisions, which were never merged: ${stamped.join(', ')}`
  const newest = revisions.filter((revision) => stamped.includes(revision.id)).at(-1)
  if (!newest) throw unknownRevision(stamped.join(', '))
  warn(`The database can only be read: ${because}.`)
  return {schema: schemaOf(newest, newest.id, catalogue), readOnlyBecause: because}
}

function schemaOf({product, version}: Recognised, revision: string | undefined, catalogue: Catalogue): Schema {
  const edumfa = product === 'edumfa'
  const {tables} = catalogue
  return {
    product,
    version,
    revision,
    auditTable: edumfa ? 'mfa_audit' : 'pidea_audit',
    auditServerColumn: edumfa ? 'edumfa_server' : 'privacyidea_server',
    remoteServerTable: edumfa ? 'edumfaserver' : 'privacyideaserver',
    policyNodeColumn: edumfa ? 'edumfanode' : 'pinode',
    finishedRolloutState: version.startsWith('3.14') ? 'enrolled' : '',
    hasTable: (table) => tables.has(table),
    hasColumn: (table, column) => tables.get(table)?.columns.has(column) ?? false,
    columnLength: (table, column) => tables.get(table)?.columns.get(column)?.length,
  }
}

function tooOld(because: string): PiError {
  return new PiError('CONFIG', `This database is older than privacyIDEA 3.8. ${because} we do not touch it.`, {
    hints: ["Upgrade it with the server's own migration tool first"],
  })
}

function unknownRevision(revision: string): PiError {
  return new PiError('CONFIG', `The schema of this database is not known: revision ${revision}.`, {
    hints: ['It may belong to a newer release than this program knows', 'See pi-manage db heads'],
  })
}
