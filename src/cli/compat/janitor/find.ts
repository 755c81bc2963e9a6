import type {App} from '../../../app.js'
import {PiError} from '../../../lib/errors.js'
import {legacyColumns, selectLegacy} from '../../../lib/services/janitor/legacy.js'
import type {SelectionEnv} from '../../../lib/services/janitor/select.js'
import {completeRecords, type RecordPart, type TokenRecord} from '../../../lib/services/tokens/record.js'
import type {Row} from '../../../lib/db/database.js'
import {exitCodes} from '../../exit-codes.js'
import {LegacyChanges} from './changes.js'
import {LegacyCsvExport} from './csv-export.js'
import {listedToken, listingHeader} from './listings.js'
import {LegacyPskcExport} from './pskc-export.js'
import {legacyActions, type LegacyAction, type LegacyFind, type LegacyOutput} from './options.js'
import {LegacyUsers, UserListing, UserSums} from './users.js'

/** Actions that a failing user store must never lead to. */
const destructive = new Set<string>(['delete', 'disable', 'unassign'])
const recordsAtATime = 1000

/**
 * `privacyidea-token-janitor find` with the output of 3.8, byte for byte (spec/03-cli.md §B.1, §D.3, §D.4).
 * @returns the exit status
 * @throws PiError for what ends the original with a traceback
 */
export async function legacyFind(app: App, find: LegacyFind, output: LegacyOutput): Promise<number> {
  const {action, filters} = find
  const allowed: readonly string[] = legacyActions(find.product)
  if (action !== undefined && !allowed.includes(action)) {
    output.err(`Unknown action. Allowed actions are ${allowed.map((name) => `'${name}'`).join(', ')}\n`)
    return 1
  }
  if (filters.attributeName && !(legacyColumns as readonly string[]).includes(filters.attributeName)) {
    output.err(`Unknown token attribute. Allowed attributes are ${legacyColumns.join(', ')}\n`)
    return 1
  }
  const chunkSize = find.chunkSize === undefined ? undefined : readChunkSize(find.chunkSize)
  const env = await app.selection()
  const run = await actionOf(app, env, find, output)
  const safe = action !== undefined && destructive.has(action)

  output.err(
    chunkSize === undefined
      ? '+ Reading tokens from database...\n'
      : `+ Reading tokens from database in chunks of ${chunkSize}...\n`,
  )
  const ids: number[] = []
  const pages = selectLegacy(env, {
    filters,
    chunkSize,
    orphanedOnError: !safe && (filters.orphanedOnError ?? true),
    parts: [],
    onPage: () => output.err('++ Creating token object list.\n'),
    onToken: ({processed, found}) => output.err(`${processed} Tokens processed / ${found} Tokens found\r`),
  })
  for await (const {records, complete} of pages) {
    for (const {token} of records) ids.push(token.id)
    if (!complete) continue
    output.err('\n++ Token object list created.\n+ Tokens read. Starting action.\n')
    // What changes tokens begins when all have been selected.
    if (!run.afterSelection) await actOn(env.db, ids.splice(0), run)
  }
  if (run.afterSelection) await actOn(env.db, ids, run)

  if (safe) {
    const failures = (await env.owners()).failures()
    for (const {resolver, reason} of filters.orphaned ? failures : []) {
      output.err(`Warning: the owners from '${resolver}' were left alone: ${reason.message}\n`)
    }
    if (filters.orphaned && failures.length > 0) return exitCodes.UNAVAILABLE
  }
  return run.failed() > 0 ? 1 : 0
}

interface ActionRun {
  /** Begins when every page has been selected, not page by page. */
  afterSelection: boolean
  /** The last token first. */
  reversed?: boolean
  parts: readonly RecordPart[]
  begin?: () => void
  token: (record: TokenRecord) => Promise<void> | void
  end?: () => Promise<void> | void
  failed: () => number
}

async function actOn(db: SelectionEnv['db'], ids: readonly number[], run: ActionRun): Promise<void> {
  run.begin?.()
  const direction = run.reversed ? 'desc' : 'asc'
  const ordered = run.reversed ? [...ids].reverse() : ids
  for (let at = 0; at < ordered.length; at += recordsAtATime) {
    const rows = await db
      .k<Row>('token')
      .whereIn('id', ordered.slice(at, at + recordsAtATime))
      .orderBy('id', direction)
    for (const record of await completeRecords(db, rows, run.parts)) await run.token(record)
  }
  await run.end?.()
}

async function actionOf(app: App, env: SelectionEnv, find: LegacyFind, output: LegacyOutput): Promise<ActionRun> {
  const reading = {afterSelection: false, failed: () => 0}
  switch (find.action) {
    case undefined: {
      return {
        ...reading,
        parts: ['info'],
        begin: () => output.out(listingHeader(find.csv)),
        token: (record) => output.out(listedToken(record, find.csv)),
      }
    }
    case 'listuser': {
      const users = new LegacyUsers(await env.users())
      const listing = new (find.sum ? UserSums : UserListing)(users, find.attributes, output)
      return {
        ...reading,
        parts: ['owners'],
        token: (record) => listing.token(record),
        end: () => (listing instanceof UserSums ? listing.end() : undefined),
      }
    }
    case 'export': {
      if (find.csv) {
        const exporter = new LegacyCsvExport(
          new LegacyUsers(await env.users()),
          await app.security(),
          find.base32,
          output,
        )
        return {...reading, parts: ['info', 'owners'], token: (record) => exporter.token(record)}
      }
      const exporter = new LegacyPskcExport(app, output)
      return {
        // One document over all pages; each token stands before the one that was found before it.
        afterSelection: true,
        reversed: true,
        parts: ['info'],
        begin: () => exporter.begin(),
        token: (record) => exporter.token(record),
        end: () => exporter.end(),
        failed: () => 0,
      }
    }
    default: {
      const changes = new LegacyChanges(await app.tokens(), find, output)
      // SQLite keeps longer texts than the column says, and so does the original on it.
      const keepLongDescriptions = env.db.dialect === 'sqlite'
      return {
        afterSelection: true,
        parts: [],
        token: ({token}) => changes.apply(token.serial, find.action as LegacyAction, {keepLongDescriptions}),
        failed: () => changes.failed,
      }
    }
  }
}

function readChunkSize(text: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new PiError('USAGE', `The chunk size '${text}' is not an integer.`)
  return Number(text)
}
