import {Args, Flags, type Command} from '@oclif/core'
import {UserProof} from '../../lib/services/janitor/user-proof.js'
import {deleteUserRows, staleUsers, type StaleUser, type UserTable} from '../../lib/services/janitor/user-rows.js'
import {AppCommand} from '../app-command.js'
import {exitCodes} from '../exit-codes.js'
import {yes} from '../flags/confirm.js'
import {dryRun} from '../flags/dry-run.js'
import {output} from '../flags/output.js'
import type {Column} from '../render/table.js'

export const userRowsArgs = {
  action: Args.string({
    default: 'list',
    description: 'what to do',
    ignoreStdin: true,
    options: ['list', 'delete'],
  }),
}

export const userRowsFlags = {
  ...output,
  'dry-run': dryRun,
  yes,
  'orphaned-on-error': Flags.boolean({
    description: 'take a user store that fails as proof that its users are gone',
  }),
  'allow-mass': Flags.integer({
    description: 'delete up to N rows; without it the run stops at more than 100, or 5 % of all',
    helpValue: 'N',
    min: 0,
  }),
}

export interface UserRowsDocument {
  users: StaleUser[]
  deleted?: number
  dryRun?: true
}

const columns: Column<StaleUser>[] = [
  {header: 'user', get: ({admin, userId}) => admin ?? userId},
  {header: 'resolver', get: ({resolver}) => resolver},
  {header: 'realm', get: ({realmId}) => realmId},
  {header: 'rows', get: ({rows}) => rows},
  {header: 'reason', get: ({reason}) => reason},
]

/** Commands that find and delete what users left behind who are gone, one for each table. */
export abstract class UserRowsCommand<T extends typeof Command> extends AppCommand<T> {
  protected async cleanUp(table: UserTable): Promise<UserRowsDocument> {
    const flags = this.flags as Record<'dry-run' | 'orphaned-on-error' | 'yes', boolean> & {
      'allow-mass'?: number | undefined
    }
    const {action} = this.args as {action: string}
    return this.withApp(async (app) => {
      const db = await app.database()
      const proof = new UserProof(await app.users())
      const users = await staleUsers(db, table, proof, {onError: flags['orphaned-on-error']})
      for (const {resolver, reason} of proof.failures()) {
        const fate = flags['orphaned-on-error'] ? 'count as gone' : 'were left alone'
        this.notice(`The users from '${resolver}' could not be looked up and ${fate}: ${reason.message}`)
      }
      if (proof.failures().length > 0 && !flags['orphaned-on-error']) process.exitCode = exitCodes.UNAVAILABLE
      if (this.shim) this.log(`Found ${users.length} orphaned user(s) in ${table}:`)
      if (action === 'list' || flags['dry-run']) {
        await this.showRows(users, columns)
        return {users, ...(action === 'delete' && {dryRun: true as const})}
      }
      if (users.length === 0) {
        this.log(`Deleted 0 ${table} row(s).`)
        return {users, deleted: 0}
      }
      await this.confirm(`Delete what ${users.length} users left in ${table}?`, flags.yes)
      const allowMass = flags['allow-mass'] ?? (this.shim ? Number.MAX_SAFE_INTEGER : undefined)
      const deleted = await deleteUserRows(db, table, users, {allowMass})
      this.log(`Deleted ${deleted} ${table} row(s).`)
      return {users, deleted}
    })
  }
}
