import {copyFileSync, writeFileSync} from 'node:fs'
import {Clock} from '../clock.js'
import {fixtureInstance, type Instance} from '../instance.js'
import {differences} from '../replay/compare.js'
import {diffDatabases, type TableDifference} from '../rows.js'
import type {SqlRow} from '../sqlite-file.js'
import {withoutScimSecret} from './corrected.js'
import type {RecordedAction, RecordedChanges, RecordedStep} from './recorded.js'

/** A little after the recording, so that ages are the same. */
const clockSeconds = 1795325300

/** Columns that differ from run to run. */
const volatile = new Set(['pin_hash', 'pin_seed', 'key_enc', 'key_iv', 'timestamp', 'last_update', 'lastrun', 'id'])

/** Runs the command lines of an action on a fresh copy of the installation; gives what differs, a line each. */
export async function playAction(action: RecordedAction): Promise<string[]> {
  const instance = await fixtureInstance('privacyidea-3.8')
  try {
    const before = instance.path('before.sqlite')
    copyFileSync(instance.database, before)
    for (const [name, content] of Object.entries(action.files ?? {})) {
      writeFileSync(instance.path(name), content.replaceAll('@FIXTURE@', instance.folder))
    }
    const clock = new Clock(clockSeconds)
    const found: string[] = []
    for (const step of action.steps) found.push(...(await playStep(step, instance, clock)))
    const changes = await diffDatabases(before, instance.database)
    found.push(...compareChanges(action.row_differences, changes))
    return found
  } finally {
    instance.remove()
  }
}

async function playStep(
  {command, exit_status, stdout, stderr = ''}: RecordedStep,
  instance: Instance,
  clock: Clock,
): Promise<string[]> {
  const [program = '', ...args] = command
  const result = await instance.run(program.replace(/\.py$/, ''), args, {
    clock,
    showsSecrets: true,
    env: {PI_MANAGE_SHIM: '1'},
  })
  const fill = (text: string): string => masked(text.replaceAll('@FIXTURE@', instance.folder))
  if (stderr.includes('Traceback') || stderr.startsWith('ile "')) {
    return result.status === 0 ? [`${command.join(' ')}: expected a failure`] : []
  }
  const found: string[] = []
  if (result.status !== exit_status)
    found.push(`exit status: expected ${exit_status}, found ${result.status}: ${result.stderr}`)
  const [theirs, ours] = [fill(withoutScimSecret(stdout, command)), masked(result.stdout)]
  if (theirs !== ours) found.push(`stdout: ${firstDifference(theirs, ours)}`)
  return found.map((line) => `${command.join(' ')}: ${line}`)
}

/** Points in time are not those of the recording, and what is encrypted is encrypted with other random values. */
function masked(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?/g, '(time)')
    .replace(/>[A-Za-z0-9+/]{22,}={0,2}</g, '>(random)<')
}

function firstDifference(theirs: string, ours: string): string {
  const [one, other] = [theirs.split('\n'), ours.split('\n')]
  const line = one.findIndex((text, index) => text !== other[index])
  const at = line === -1 ? one.length : line
  return `line ${at + 1}: expected ${JSON.stringify(one[at])?.slice(0, 300)}, found ${JSON.stringify(other[at])?.slice(0, 300)}`
}

/** Rows are compared without ids and volatile columns; audit rows of our own doings are extra. */
function compareChanges(recorded: Record<string, RecordedChanges>, actual: Record<string, TableDifference>): string[] {
  const theirs = Object.fromEntries(
    Object.entries(recorded).map(([table, changes]) => [table, ofRecorded(table, changes)]),
  )
  const ours = Object.fromEntries(Object.entries(actual).map(([table, changes]) => [table, ofActual(table, changes)]))
  for (const changes of [theirs, ours]) {
    for (const [table, {added, removed, changed}] of Object.entries(changes)) {
      if (table === 'pidea_audit') added.splice(0)
      if (added.length + removed.length + changed.length === 0) delete changes[table]
    }
  }
  return differences(theirs, ours)
}

interface Comparable {
  added: string[]
  removed: string[]
  changed: string[]
}

function ofRecorded(table: string, {added = [], removed = [], changed = []}: RecordedChanges): Comparable {
  return {
    added: added.map(stable).sort(),
    removed: removed.map((row) => (table === 'pidea_audit' ? String(row['id']) : stable(row))).sort(),
    changed: changed.map(({key, columns}) => changeOf(key, columns)).sort(),
  }
}

function ofActual(table: string, {added, removed, changed}: TableDifference): Comparable {
  return {
    added: added.map(stable).sort(),
    removed: removed.map((row) => (table === 'pidea_audit' ? String(row['id']) : stable(row))).sort(),
    changed: changed
      .map(({before, after, columns}) => {
        const key = 'id' in after ? [after['id']] : [Object.values(after)[0]]
        return changeOf(key, Object.fromEntries(columns.map((column) => [column, [before[column], after[column]]])))
      })
      .sort(),
  }
}

function changeOf(key: unknown[], columns: Record<string, unknown>): string {
  const isClock = key[0] === '__timestamp__'
  const kept = Object.entries(columns).map(([column, values]) => [
    column,
    volatile.has(column) || isClock ? '(volatile)' : values,
  ])
  return JSON.stringify([
    key,
    Object.fromEntries(kept.sort(([one], [other]) => String(one).localeCompare(String(other)))),
  ])
}

function stable(row: SqlRow): string {
  const kept = Object.entries(row)
    .filter(([column]) => !volatile.has(column))
    .map(([column, value]): [string, unknown] => [column, isEncrypted(value) ? '(encrypted)' : value])
  return JSON.stringify(Object.fromEntries(kept.sort(([one], [other]) => one.localeCompare(other))))
}

/** `iv:ct`, with an IV that is another one every time. */
function isEncrypted(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{32}:(?:[0-9a-f]{32})+$/.test(value)
}
