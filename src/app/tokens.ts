import type {ExportTokens} from '../lib/services/export-tokens.js'
import type {ImportTokens} from '../lib/services/import-tokens/index.js'
import type {JanitorEnv} from '../lib/services/janitor/run.js'
import type {SelectionEnv} from '../lib/services/janitor/select.js'
import type {TokenService} from '../lib/services/tokens/index.js'
import type {Validation} from '../lib/services/validate/open.js'
import type {CoreServices} from './core.js'
import {once, type OnClose} from './options.js'
import type {PeopleServices} from './people.js'

/** Tokens: found, changed, imported, exported, and checked. */
export interface TokenServices {
  /** Changes of single tokens. */
  tokens(options?: {dryRun?: boolean}): Promise<TokenService>
  /** What changing many tokens needs. */
  janitor(): Promise<JanitorEnv>
  /** What searching for tokens needs. */
  selection(): Promise<SelectionEnv>
  /** Puts the tokens of a file into the database. */
  importTokens(): Promise<ImportTokens>
  /** Reads tokens with their secrets, to be written into a file. */
  exportTokens(): Promise<ExportTokens>
  /** What answers requests of the HTTP API; closed together with the application. */
  validation(options: {warn: (message: string) => void}): Promise<Validation>
}

export function tokenServices(
  {settings, database, auditDatabase, security}: CoreServices,
  {pins, users}: PeopleServices,
  onClose: OnClose,
): TokenServices {
  const tokens = async ({dryRun = false} = {}) => {
    const [{TokenService}, db] = await Promise.all([import('../lib/services/tokens/index.js'), database()])
    return new TokenService({db, security, pins, users, dryRun})
  }
  const owners = once(async () => {
    const [{OwnerSets}, {UserCache, userCacheSeconds}, db, opened] = await Promise.all([
      import('../lib/services/janitor/owners.js'),
      import('../lib/services/user-cache.js'),
      database(),
      users(),
    ])
    return new OwnerSets(db, opened, {cache: new UserCache({db, seconds: () => userCacheSeconds(db)})})
  })
  const janitor = async () => ({db: await database(), security, tokens, now: () => new Date()})
  const selection = async () => ({db: await database(), security, users, owners, now: () => new Date()})
  const importTokens = once(async () => {
    const [{ImportTokens}, {importUsers}] = await Promise.all([
      import('../lib/services/import-tokens/index.js'),
      import('../lib/services/import-tokens/users.js'),
    ])
    return new ImportTokens({
      database,
      security,
      users: async () => importUsers(await users()),
      hashPin: async (pin) => (await pins()).hash(pin),
    })
  })
  const validation = async ({warn}: {warn: (message: string) => void}) => {
    const [{openValidation}, found, db, auditDb] = await Promise.all([
      import('../lib/services/validate/open.js'),
      settings(),
      database(),
      auditDatabase(),
    ])
    const opened = await openValidation({settings: found, db, auditDb, security, directory: process.cwd(), warn})
    onClose(() => opened.close())
    return opened
  }
  const exportTokens = async () => {
    const {ExportTokens} = await import('../lib/services/export-tokens.js')
    return new ExportTokens(await selection())
  }
  return {tokens, janitor, selection, importTokens, exportTokens, validation}
}
