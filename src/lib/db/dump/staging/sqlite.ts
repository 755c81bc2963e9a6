import {existsSync, statSync} from 'node:fs'
import {open, rename, rm} from 'node:fs/promises'
import {resolve} from 'node:path'
import {PiError, reasonOf} from '../../../errors.js'
import {connect} from '../../connect.js'
import {parseSqlalchemyUrl} from '../../sqlalchemy-url.js'
import type {Staging} from './contract.js'
import {withFile} from './sqlite-file.js'
import {outdatedTables} from './outdated.js'

/**
 * A new file beside the database, which is then copied over it by SQLite itself, as one transaction: with its journal, so
 * that whoever opens the database after a crash finds it as it was. Programs that have it open see the new content.
 */
export const stageInSqlite: Staging = async ({uri, options, tables, fill, onSwap}) => {
  const {database = ''} = parseSqlalchemyUrl(uri)
  const path = resolve(options.workingDirectory ?? process.cwd(), database)
  const staged = `${path}.pi-restore`
  await removeStaged(staged)
  const replaces = existsSync(path) && statSync(path).size > 0
  try {
    await takeStaged(staged)
    const {dialect, knex: k} = await connect(`sqlite:///${staged}`, {create: true})
    try {
      await k.raw('PRAGMA journal_mode = MEMORY')
      await k.raw('PRAGMA synchronous = OFF')
      await k.transaction(async (trx) => {
        const read = async (sql: string, bindings: readonly unknown[] = []) =>
          dialect.dump.rows(await trx.raw(sql, [...bindings] as never[]))
        await fill({dialect, k: trx, read, nameOf: (name) => name, referencesLast: false, replaces})
      })
    } finally {
      await k.destroy()
    }
    if (replaces) await addForeignTables(path, staged, tables)
    await synced(staged)
    await onSwap()
    if (replaces) await copyOver(staged, path)
    else await rename(staged, path)
  } finally {
    await removeStaged(staged)
  }
}

async function takeStaged(staged: string): Promise<void> {
  try {
    await (await open(staged, 'wx', 0o600)).close()
  } catch (error) {
    throw new PiError('CONFIG', `The file ${staged} cannot be written: ${reasonOf(error)}`, {cause: error})
  }
}

/** Tables of others stay: they move over into the new file. */
async function addForeignTables(path: string, staged: string, incoming: readonly string[]): Promise<void> {
  const {dialect, knex: k} = await connect(`sqlite:///${path}`, {readOnly: true})
  let kept: string[]
  try {
    const catalogue = await dialect.readCatalogue(k)
    const outdated = new Set(outdatedTables(catalogue, incoming))
    kept = [...catalogue.tables.keys()].filter((name) => !outdated.has(name) && !name.startsWith('sqlite_'))
  } finally {
    await k.destroy()
  }
  if (kept.length === 0) return
  await withFile(staged, async (file) => {
    await file.run('ATTACH ? AS old', [path])
    for (const name of kept) {
      const statements = await file.all(
        'SELECT type, sql FROM old.sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL',
        [name],
      )
      const quoted = `"${name.replaceAll('"', '""')}"`
      for (const {sql} of statements.filter(({type}) => type === 'table')) await file.run(sql, [])
      await file.run(`INSERT INTO main.${quoted} SELECT * FROM old.${quoted}`, [])
      for (const {sql} of statements.filter(({type}) => type !== 'table')) await file.run(sql, [])
    }
  })
}

async function synced(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.sync()
  await handle.close()
}

/** How long others may keep the database locked. */
const patienceMs = 10_000

/** The online backup of SQLite, from the new file into the database. */
async function copyOver(staged: string, path: string): Promise<void> {
  try {
    await withFile(path, (file) => file.replaceBy(staged, patienceMs))
  } catch (error) {
    throw new PiError('UNAVAILABLE', `The database ${path} cannot be replaced: ${reasonOf(error)}`, {
      hints: ['Stop the server, then repeat'],
      cause: error,
    })
  }
}

async function removeStaged(staged: string): Promise<void> {
  for (const end of ['', '-wal', '-shm', '-journal']) await rm(`${staged}${end}`, {force: true})
}
