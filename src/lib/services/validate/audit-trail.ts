import type {AuditEntry} from '../../types/audit.js'
import type {LoginUser} from '../authenticate/login-user.js'

/** What a request tells the audit, gathered while it runs; the row is written at its end. */
export class AuditTrail {
  readonly entry: AuditEntry

  constructor(
    start: Pick<AuditEntry, 'startedAt' | 'action' | 'server' | 'client' | 'userAgent' | 'userAgentVersion'>,
  ) {
    this.entry = {
      ...start,
      success: false,
      serial: null,
      tokenType: null,
      user: null,
      realm: null,
      resolver: null,
      administrator: null,
      actionDetail: '',
      info: '',
      policies: [],
      threadId: null,
      authentication: null,
    }
  }

  note(policies: readonly string[]): void {
    this.entry.policies = [...this.entry.policies, ...policies]
  }

  setUser({login, realm, resolver}: Pick<LoginUser, 'login' | 'realm' | 'resolver'>): void {
    Object.assign(this.entry, {user: login, realm, resolver})
  }

  set(facts: Partial<AuditEntry>): void {
    Object.assign(this.entry, facts)
  }

  /** Adds to what is told already, after a comma even when that is nothing. */
  appendInfo(text: string): void {
    this.entry.info = `${this.entry.info ?? ''},${text}`
  }

  /** What the answer says of tokens: one serial, those of all challenges, or none. */
  setDetail(detail: Readonly<Record<string, unknown>>): void {
    const challenges = detail['multi_challenge']
    const serial = Array.isArray(challenges)
      ? challenges.map((entry: Record<string, unknown>) => String(entry['serial'])).join(',')
      : text(detail['serial'])
    this.set({serial, tokenType: text(detail['type'])})
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
