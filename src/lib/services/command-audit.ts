import {readFile} from 'node:fs/promises'
import {userInfo} from 'node:os'
import {signAuditRow} from '../audit/sign.js'
import type {Settings} from '../config/settings.js'
import {readPrivateKey} from '../crypto/signature.js'
import type {Database} from '../db/database.js'
import {AuditLog} from './audit-log.js'

/** What a command did, for the audit of the installation. */
export interface CommandAudit {
  /** `CLI` and the command, e.g. `CLI enckey rotate`. */
  action: string
  /** What it changed, without secrets. */
  info: string
  success?: boolean
  serial?: string
}

/**
 * Writes an audit row about a command, signed when the site's key can be read. It never fails the command: what it did is
 * done.
 */
export async function auditCommand(
  settings: Settings,
  database: () => Promise<Database>,
  {action, info, success = true, serial}: CommandAudit,
  warn: (message: string) => void,
): Promise<void> {
  try {
    if (settings.text('PI_AUDIT_MODULE')?.endsWith('.sqlaudit') === false) return
    const key = await signingKey(settings)
    const log = new AuditLog({db: await database(), warn, sign: key && ((row) => signAuditRow(key, row))})
    await log.write({
      startedAt: Date.now(),
      action,
      success,
      serial: serial ?? null,
      tokenType: null,
      user: null,
      realm: null,
      resolver: null,
      administrator: osUser(),
      actionDetail: '',
      info,
      server: settings.text('PI_NODE') ?? 'localnode',
      client: null,
      policies: [],
      threadId: null,
      userAgent: null,
      userAgentVersion: null,
      authentication: null,
    })
  } catch (error) {
    warn(`The audit row of this command was not written: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function signingKey(settings: Settings): Promise<ReturnType<typeof readPrivateKey> | undefined> {
  const file = settings.path('PI_AUDIT_KEY_PRIVATE')
  if (file === undefined || settings.flag('PI_AUDIT_NO_SIGN')) return undefined
  try {
    return readPrivateKey(await readFile(file), `the private key ${file}`)
  } catch {
    // Whoever runs the command may not be allowed to sign.
    return undefined
  }
}

/** A user without entry in the system has a number only. */
function osUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
