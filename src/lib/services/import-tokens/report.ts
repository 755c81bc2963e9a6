import type {PlannedRow} from './planner.js'
import {shownSecret} from './prepare.js'
import type {ImportRow, ImportSummary} from './types.js'

export function emptySummary(): ImportSummary {
  return {total: 0, new: 0, update: 0, skip: 0, refused: 0}
}

export function tally(summary: ImportSummary, {verdict}: {verdict: keyof Omit<ImportSummary, 'total'>}): void {
  summary.total += 1
  summary[verdict] += 1
}

/** A row as it is shown: what will be stored, without what is secret. */
export function reportOf(row: PlannedRow, showSecrets: boolean): ImportRow {
  const report: ImportRow = {line: row.line, serial: row.serial, type: row.type, verdict: row.verdict}
  if (row.reason !== undefined) report.reason = row.reason
  const {token} = row
  if (!token) return report
  if (row.otplen !== undefined) report.otplen = row.otplen
  if (token.counter !== undefined) report.counter = token.counter
  if (token.timeStep !== undefined) report.timeStep = token.timeStep
  if (token.hashlib !== undefined) report.hashlib = token.hashlib
  if (token.user) report.user = token.user.login
  if (row.realms?.length) report.realms = row.realms
  if (showSecrets) report.secret = shownSecret(token)
  return report
}
