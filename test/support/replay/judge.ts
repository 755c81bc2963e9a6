import {createPublicKey, verify, constants, type KeyObject} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {fixture} from '../folders.js'
import type {SinkRequest} from '../http-sink.js'
import type {SinkMail} from '../smtp-sink.js'
import type {SqlRow} from '../sqlite-file.js'
import type {Answer} from './client.js'
import {differences, pathMatcher, show} from './compare.js'
import type {DbAfter, ListChange, SentItem, Step} from './transcript.js'

/** What one step really did. */
export interface Outcome {
  answer: Answer
  changes: DbAfter
  sent: (SinkMail | SinkRequest)[]
}

let publicKey: KeyObject | undefined

/** The differences between what was recorded for a step (with our names filled in) and what happened. */
export function judge(step: Step, {answer, changes, sent}: Outcome): string[] {
  const {response} = step
  if (response.status === 500) return judgeFailure(answer, changes)
  const found: string[] = []
  if (answer.status !== response.status) found.push(`status: expected ${response.status}, found ${answer.status}`)
  if (![404, 405].includes(response.status) || response.body !== undefined) found.push(...judgeAnswer(step, answer))
  const volatileTables = response.volatile.filter((entry) => entry.startsWith('db:')).map((entry) => entry.slice(3))
  found.push(...judgeChanges(step.db_after, changes, volatileTables))
  const texts = response.volatile.includes('sent') ? ['*.body', '*.form.text', '*.query.text'] : []
  found.push(
    ...differences(step.sent ?? [], asSent(sent, step.sent ?? []), pathMatcher(texts)).map((line) => `sent ${line}`),
  )
  return found
}

/** Where the original broke down, any other error is right as long as nothing is accepted. */
function judgeFailure(answer: Answer, changes: DbAfter): string[] {
  const found: string[] = []
  if (answer.status < 400) found.push(`status: expected an error, found ${answer.status}`)
  if ((answer.body as {result?: {value?: unknown}} | undefined)?.result?.value === true) found.push('accepted')
  for (const row of changes.audit ?? []) if (row['success'] === 1) found.push('an audit row says success')
  return found
}

function judgeAnswer({response, clock, clock_runs}: Step, answer: Answer): string[] {
  if (response.body === undefined) {
    return answer.text === (response.text ?? '')
      ? []
      : [`text: expected ${show(response.text)}, found ${show(answer.text)}`]
  }
  if (!answer.contentType.startsWith(response.content_type))
    return [`content type: found ${answer.contentType}: ${show(answer.text)}`]
  const {signature: recordedSignature, time: recordedTime, ...expected} = response.body as Record<string, unknown>
  const {signature, time, ...actual} = (answer.body ?? {}) as Record<string, unknown>
  const volatile = response.volatile.filter((path) => !path.startsWith('db:') && !/transaction_ids?$/.test(path))
  const found = differences(expected, actual, pathMatcher(volatile))
  if (
    typeof time !== typeof recordedTime ||
    (time !== undefined && !clock_runs && time !== clock && time !== recordedTime)
  ) {
    found.push(`time: expected ${clock}, found ${show(time)}`)
  }
  if (
    recordedSignature !== undefined &&
    !signatureHolds(signature, {...actual, ...(time !== undefined && {time})}, answer.text)
  )
    found.push('signature: does not verify')
  return found
}

/** Verifies a response signature as a Python client does (document 08 §3.5). */
function signatureHolds(signature: unknown, body: Record<string, unknown>, text: string): boolean {
  const [, hex] = /^rsa_sha256_pss:([0-9a-f]+)$/.exec(String(signature)) ?? []
  if (!hex) return false
  // Python tells 1.0 from 1, and writes again what it read.
  const timeText = /"time": ?([\d.]+)/.exec(text)?.[1] ?? ''
  publicKey ??= createPublicKey(readFileSync(fixture('interop/http/public.pem')))
  const key = {key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO}
  return verify('sha256', Buffer.from(pythonJson(body, timeText)), key, Buffer.from(hex, 'hex'))
}

/** JSON as Python writes it with sorted keys. */
function pythonJson(value: unknown, timeText: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, timeText)).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    const written = entries.map(([name, item]) => {
      const text = name === 'time' && typeof item === 'number' ? timeText : pythonJson(item, timeText)
      return `${pythonJson(name, timeText)}: ${text}`
    })
    return `{${written.join(', ')}}`
  }
  return JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const volatileTokenColumns = ['token.*.pin_hash', 'token.*.key_enc', 'token.*.key_iv']

function judgeChanges(recorded: DbAfter, actual: DbAfter, volatileTables: string[]): string[] {
  const volatile = new Set(volatileTables)
  const expected = without(recorded, volatile)
  const found = without(actual, volatile)
  const {audit: expectedAudit = [], ...expectedTables} = expected
  const {audit: foundAudit = [], ...foundTables} = found
  const isVolatile = pathMatcher([
    ...volatileTokenColumns,
    'tokeninfo.*.*.value',
    ...volatileTables.flatMap(columnPattern),
  ])
  const lines = differences(sortLists(expectedTables, volatile), sortLists(foundTables, volatile), isVolatile)
  lines.push(
    ...differences(expectedAudit.map(normaliseAudit(volatile)), foundAudit.map(normaliseAudit(volatile))).map(
      (line) => `audit.${line}`,
    ),
  )
  return lines.map((line) => `db ${line}`)
}

/** `tokeninfo.refilltoken` names a key of every token. */
function columnPattern(entry: string): string[] {
  const [table, column] = entry.split('.')
  return column !== undefined && (table === 'tokeninfo' || table === 'token') ? [`${table}.*.${column}`] : []
}

/** Without the tables that are volatile altogether. */
function without(changes: DbAfter, volatile: Set<string>): DbAfter {
  return Object.fromEntries(Object.entries(changes).filter(([table]) => !volatile.has(table)))
}

/** Rows of the list tables in a fixed order, volatile columns blanked: their order is no contract. */
function sortLists(changes: DbAfter, volatile: Set<string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(changes).map(([table, change]) => {
      if (table === 'token' || table === 'tokeninfo') return [table, change]
      const blank = (row: SqlRow): SqlRow =>
        Object.fromEntries(
          Object.entries(row)
            .sort(([one], [other]) => one.localeCompare(other))
            .map(([column, value]) => [column, isBlank(table, column, volatile) ? '(volatile)' : value]),
        )
      const lists = change as ListChange
      return [
        table,
        Object.fromEntries(
          Object.entries(lists).map(([kind, rows]: [string, SqlRow[]]) => [
            kind,
            rows.map(blank).sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other))),
          ]),
        ),
      ]
    }),
  )
}

function isBlank(table: string, column: string, volatile: Set<string>): boolean {
  return volatile.has(`${table}.${column}`) || (table === 'authcache' && column === 'authentication')
}

function normaliseAudit(volatile: Set<string>): (row: SqlRow) => SqlRow {
  return (row) => {
    const policies = row['policies']
    const normal: SqlRow = {...row}
    if (typeof policies === 'string') normal['policies'] = [...new Set(policies.split(','))].sort().join(',')
    if (typeof row['thread_id'] === 'string') normal['thread_id'] = '(some)'
    for (const column of Object.keys(row)) if (volatile.has(`audit.${column}`)) delete normal[column]
    return normal
  }
}

/** What the sinks received in the form of the recording; of headers only those that were recorded. */
function asSent(sent: readonly (SinkMail | SinkRequest)[], recorded: readonly SentItem[]): unknown[] {
  return sent.map((item, index) => {
    if (item.kind === 'http') {
      const {kind, method, path, form, query} = item
      return {kind, method, path, ...(form && {form}), ...(query && {query})}
    }
    const like = recorded[index]
    const names = like?.kind === 'mail' ? Object.keys(like.headers) : Object.keys(item.headers)
    const headers = Object.fromEntries(
      names.filter((name) => name in item.headers).map((name) => [name, quoted(item.headers[name]!)]),
    )
    return {kind: 'mail', mail_from: item.mailFrom, rcpt_to: item.rcptTo, headers, body: item.body}
  })
}

/** RFC 2045 §5.1: `charset=utf-8` and `charset="utf-8"` are the same. */
function quoted(header: string): string {
  return header.replace(/; charset=([\w-]+)$/, '; charset="$1"')
}
