/** What happened in one request; null is what nobody set (spec/11 §A3). */
export interface AuditEntry {
  /** Milliseconds since 1970, UTC: when the request began. */
  startedAt: number
  /** E.g. `POST /validate/check`. */
  action: string
  success: boolean
  serial: string | null
  tokenType: string | null
  user: string | null
  realm: string | null
  resolver: string | null
  administrator: string | null
  actionDetail: string | null
  info: string | null
  /** Name of the server that answered. */
  server: string
  /** Address of the client. */
  client: string | null
  /** Names of the policies that had an effect; repeated ones count once. */
  policies: readonly string[]
  threadId: string | null
  /** Since 3.10: name and version of the client program. */
  userAgent: string | null
  userAgentVersion: string | null
  /** Since 3.10: `ACCEPT`, `REJECT`, … */
  authentication: string | null
}
