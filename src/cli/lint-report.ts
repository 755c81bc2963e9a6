import {Flags} from '@oclif/core'
import type {Report} from '../lib/lint/sarif.js'
import type {Severity} from '../lib/types/severity.js'
import {writeOutputFile} from './output-file.js'

/** Flags of the lint commands; used as `flags = {...lintFlags}`. */
export const lintFlags = {
  rules: Flags.boolean({description: 'list the rules'}),
  sarif: Flags.string({description: 'write the findings as SARIF to this file', helpValue: 'FILE'}),
  severity: Flags.option({
    default: 'info' as const,
    description: 'show findings from this severity on',
    options: ['info', 'warning', 'error'] as const,
  })(),
}

const order: readonly Severity[] = ['info', 'warning', 'error']

/** The findings that are severe enough to be shown. */
export function atLeast<F extends {severity: Severity}>(severity: Severity, findings: readonly F[]): F[] {
  return findings.filter((finding) => order.indexOf(finding.severity) >= order.indexOf(severity))
}

/** Prints findings, writes them as SARIF where asked for, and sets status 4 when one is an error. @returns how many are */
export async function reportFindings(
  report: Report,
  {log, sarif, version}: {sarif: string | undefined; version: string; log: (line: string) => void},
): Promise<number> {
  if (sarif) {
    const {sarifOf} = await import('../lib/lint/sarif.js')
    await writeOutputFile(sarif, `${JSON.stringify(sarifOf(report, version), undefined, 2)}\n`)
  }
  for (const {message, objects, rule, severity} of report.results) {
    const names = objects.map((object) => object.slice(object.indexOf('/') + 1))
    log(`${severity} ${rule} ${names.join(' / ')}: ${message}`)
  }
  if (report.results.length === 0) log('No findings.')
  const errors = report.results.filter(({severity}) => severity === 'error').length
  if (errors > 0) process.exitCode = 4
  return errors
}
