/** A request to the HTTP API, whatever it came through. */
export interface ApiRequest {
  method: 'GET' | 'POST'
  /** Route as the audit names it, e.g. `/validate/polltransaction/<transaction_id>`. */
  route: string
  /** Path as it was asked for, without query. */
  path: string
  /** Query without `?`. */
  query: string
  /** Merged and decoded (spec/08 §2.1); values of JSON bodies keep their types. */
  parameters: ReadonlyMap<string, unknown>
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>
  /** Peer of the connection. */
  remoteAddress: string
  /** Milliseconds since 1970, UTC. */
  now: number
  /** Decide only: store nothing, send nothing. */
  dryRun?: boolean
}

/** An answer; `document` becomes signed JSON, `text` is sent as it is. */
export type ApiResponse =
  {status: number; document: Record<string, unknown>} | {status: number; text: string; contentType: string}
