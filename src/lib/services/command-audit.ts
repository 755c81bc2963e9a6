import {userInfo} from 'node:os'
import {auditSigning} from '../audit/keys.js'
import type {AuditSink} from '../audit/contract.js'
import {openAudit} from '../audit/registry.js'
import {signAuditRow} from '../audit/sign.js'
import type {Settings} from '../config/settings.js'
import type {Database} from '../db/database.js'
import {reasonOf} from '../errors.js'
import {AuditLog} from './audit-log.js'

/** What a command did, for the audit of the installation. */
export interface CommandAudit {
  /** `CLI` and the command, e.g. `CLI enckey rotate`. */
  action: string
  /** What it changed, without secrets. */
  info: string
  success?: boolean
  serial?: string | undefined
  user?: string | undefined
  realm?: string | undefined
  resolver?: string | undefined
  /** How much of what. */
  detail?: string | undefined
}

/**
 * Writes an audit row about a command, signed with the site's key. It never fails the command: what it did is done. Without
 * a key none is written, unless PI_AUDIT_NO_SIGN says that rows are not signed: an unsigned one would look like a forged one.
 */
export async function auditCommand(
  settings: Settings,
  database: () => Promise<Database>,
  {action, info, success = true, serial, user, realm, resolver, detail = ''}: CommandAudit,
  warn: (message: string) => void,
): Promise<void> {
  try {
    const log = await openAudit({
      settings,
      clock: Date.now,
      warn,
      async openTable() {
        const {key, wanted, problem} = await auditSigning(settings)
        if (!wanted || key)
          return new AuditLog({db: await database(), warn, sign: key && ((row) => signAuditRow(key, row))})
        if (problem !== undefined) warn(`No audit row tells of this command: ${problem}`)
        return nowhere
      },
    })
    await log.write({
      startedAt: Date.now(),
      action,
      success,
      serial: serial ?? null,
      tokenType: null,
      user: user ?? null,
      realm: realm ?? null,
      resolver: resolver ?? null,
      administrator: osUser(),
      actionDetail: detail,
      info,
      server: settings.text('PI_NODE') ?? 'localnode',
      client: null,
      policies: [],
      threadId: null,
      userAgent: null,
      userAgentVersion: null,
      authentication: null,
    })
    await log.close()
  } catch (error) {
    warn(`The audit row of this command was not written: ${reasonOf(error)}`)
  }
}

const nowhere: AuditSink = {async write() {}, async close() {}}

/** A user without entry in the system has a number only. */
function osUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
