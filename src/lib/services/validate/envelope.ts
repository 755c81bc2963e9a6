import type {Behaviour} from '../authenticate/behaviour.js'

/** A number that tells the worker apart; any stable integer will do. */
const threadId = process.pid

/** What a success says beside the envelope. */
export interface Success {
  id: 1 | 2
  value: unknown
  /** Left out when absent or empty. */
  detail?: Record<string, unknown> | undefined
  /** Only with id 2; absent: derived from value and detail (spec/08 §3.3). */
  authentication?: string | undefined
}

/** The document of a success (spec/08 §3.1). */
export function successDocument(success: Success, behaviour: Behaviour, now: number): Record<string, unknown> {
  const {id, value, detail} = success
  const authentication = id === 1 ? undefined : (success.authentication ?? authenticationOf(success, behaviour))
  return {
    jsonrpc: '2.0',
    id,
    result: {status: true, value, ...(authentication === undefined ? {} : {authentication})},
    ...(detail && Object.keys(detail).length > 0 ? {detail: {...detail, threadid: threadId}} : {}),
    time: now / 1000,
    version: behaviour.version,
    versionnumber: behaviour.versionNumber,
  }
}

/** The word for an outcome (spec/08 §3.3). */
export function authenticationOf({value, detail}: Pick<Success, 'value' | 'detail'>, behaviour: Behaviour): string {
  const open = detail?.['multi_challenge']
  const challenged = Array.isArray(open) && open.length > 0
  if (behaviour.authenticationLooksInside && challenged) return 'CHALLENGE'
  const inside = behaviour.authenticationLooksInside && typeof value === 'object' && value !== null && 'auth' in value
  if (inside ? Boolean(value.auth) : Boolean(value)) return 'ACCEPT'
  if (challenged) return 'CHALLENGE'
  return behaviour.tellsMore && detail?.['challenge_status'] === 'declined' ? 'DECLINED' : 'REJECT'
}

/** The document of a failure (spec/08 §3.2). @param detail null, or what some failures tell */
export function failureDocument(
  error: {number: number; message: string},
  {behaviour, now, detail = null}: {behaviour: Behaviour; now: number; detail?: Record<string, unknown> | null},
): Record<string, unknown> {
  return {
    jsonrpc: '2.0',
    id: 1,
    detail: detail && Object.keys(detail).length > 0 ? {...detail, threadid: threadId} : detail,
    result: {status: false, error: {code: error.number, message: error.message}},
    time: now / 1000,
    version: behaviour.version,
  }
}
