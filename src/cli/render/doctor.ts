import type {CheckReport, DoctorReport} from '../../lib/services/doctor/index.js'

type Mark = 'error' | 'warning' | 'note' | 'ok' | 'skipped'

const colourCodes: Record<Mark, number> = {error: 31, warning: 33, note: 36, ok: 32, skipped: 90}

/** The report of the doctor for reading; without `all` only what is not in order. */
export function doctorText(
  {checks, summary}: DoctorReport,
  {all, colours}: {all: boolean; colours: boolean},
): string[] {
  const width = Math.max(...checks.map(({id}) => id.length), 0)
  const lines: string[] = []
  for (const check of checks) {
    const fine = check.status === 'ok' || check.status === 'skipped'
    if (fine && !all) continue
    lines.push(...linesOf(check, width, colours))
  }
  const {errors, notes, ok, skipped, warnings} = summary
  const counts = [
    [errors, 'error'],
    [warnings, 'warning'],
    [notes, 'note'],
  ] as const
  const found = counts.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}${n === 1 ? '' : 's'}`)
  if (lines.length > 0) lines.push('')
  lines.push(
    `${found.length > 0 ? found.join(', ') : 'All is well'}; ${ok} checks in order, ${skipped} without anything to look at.`,
  )
  return lines
}

function linesOf(
  {findings, id, mend, message, severity, status}: CheckReport,
  width: number,
  colours: boolean,
): string[] {
  const mark = (word: Mark) => {
    const padded = word.padEnd(7)
    return colours ? `\u001B[${colourCodes[word]}m${padded}\u001B[0m` : padded
  }
  const place = id.padEnd(width)
  if (status === 'ok' || status === 'skipped') return [`${mark(status)}  ${place}  ${message}`]
  const faults = findings ?? [{mend: mend ?? '', message, severity}]
  return faults.flatMap((fault, at) => {
    const repeated = at > 0 && faults[at - 1]!.mend === fault.mend
    const indent = ' '.repeat(7 + 2 + width + 2)
    return [
      `${mark(fault.severity)}  ${place}  ${printable(fault.message)}`,
      ...(fault.mend && !repeated ? [`${indent}→ ${printable(fault.mend)}`] : []),
    ]
  })
}

/** Control characters of stored names stay away from the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
