import {join} from 'node:path'
import {openApp, type App} from '../../src/app.js'
import type {DialectName} from '../../src/lib/db/database.js'
import type {OpenWith} from '../../src/lib/services/backup/envelope.js'
import {readArchive} from '../../src/lib/services/backup/archive-reader.js'
import type {BackupManifest} from '../../src/lib/services/backup/format.js'
import {conditionOf} from '../../src/lib/services/janitor/filters.js'
import {findOtp} from '../../src/lib/services/token-otp.js'
import {temporaryFolder} from './folders.js'
import {expected} from './installation.js'
import {startMariadb} from './mariadb.js'
import {startPostgres} from './postgres.js'

/** Nothing that opens an encrypted backup. */
export const noKey: OpenWith = {}

/** A database of a kind, without any table. */
export async function emptyDatabase(kind: DialectName): Promise<string> {
  if (kind === 'sqlite') return `sqlite:///${join(temporaryFolder('backup'), 'data.sqlite')}`
  return (await (kind === 'postgres' ? startPostgres : startMariadb)()).createDatabase()
}

/** Runs `use` with the services of an installation. */
export async function withInstallation<R>(
  config: string,
  databaseUri: string | undefined,
  use: (app: App) => Promise<R>,
): Promise<R> {
  const app = await openApp({configFile: config, databaseUri, env: {}})
  try {
    return await use(app)
  } finally {
    await app.close()
  }
}

/** Makes a backup of an installation. @returns its file */
export async function backUp(
  config: string,
  databaseUri?: string,
  options: Partial<Parameters<Awaited<ReturnType<App['backups']>>['create']>[1]> = {},
): Promise<string> {
  const output = join(temporaryFolder('backup'), 'backup.tgz')
  return withInstallation(config, databaseUri, async (app) => {
    const made = await (await app.backups()).create(await app.settings(), {now: new Date(), output, ...options})
    return made.file
  })
}

/** Restores the database of a backup, and no files. */
export async function restoreInto(config: string, file: string, databaseUri: string): Promise<void> {
  await withInstallation(config, databaseUri, async (app) => {
    const backups = await app.backups()
    await backups.restore(await backups.planRestore({databaseUri, file, keys: noKey, skipConfig: true}))
  })
}

/** Rows and hash of each table of a backup. */
export async function tablesOf(file: string): Promise<BackupManifest['tables']> {
  return (await readArchive(file, noKey, {})).manifest.tables
}

/** One-time passwords of `expect.json` that a database does not give. */
export async function wrongOtps(
  set: 'privacyidea-3.14dev' | 'privacyidea-3.8',
  config: string,
  databaseUri: string,
): Promise<{checked: number; wrong: string[]}> {
  const {tokens} = expected(set)
  const wrong: string[] = []
  let checked = 0
  await withInstallation(config, databaseUri, async (app) => {
    for await (const found of (await app.exportTokens()).run(conditionOf({}, new Date()))) {
      if ('error' in found) continue
      const {token} = found
      const known = tokens[token.serial]
      if (!['hotp', 'totp'].includes(token.type)) continue
      for (const {otp} of known?.next_otps ?? []) {
        checked += 1
        if (findOtp(token, otp, {at: 0}) === undefined) wrong.push(`${token.serial} ${otp}`)
      }
      for (const {otp, time} of known?.otps_at ?? []) {
        checked += 1
        const unshifted = {...token, counter: 0, timeShift: 0}
        if (findOtp(unshifted, otp, {at: time}) === undefined) wrong.push(`${token.serial} ${otp} at ${time}`)
      }
    }
  })
  return {checked, wrong}
}
