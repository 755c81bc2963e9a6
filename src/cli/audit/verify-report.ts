import type {VerifyResult} from '../../lib/services/audit-verify/index.js'

const shown = 20

const words: Record<string, string> = {
  rotated: 'rotated',
  known: 'known to the last checkpoint',
  increment: 'left out by the increment of the cluster',
  sequence: 'left out by the cache of the sequence',
  unproven: 'before the first row, with no checkpoint to say whether they were there',
  head: 'MISSING at the beginning',
  middle: 'MISSING',
  tail: 'MISSING at the end',
}

/** What `audit verify` tells people. */
export function verifyReport(result: VerifyResult): string[] {
  const {rows, firstId, lastId, byKey, problems, gaps, missing} = result
  const lines = [
    rows === 0 ? 'There are no rows.' : `${rows} rows, ids ${firstId} to ${lastId}.`,
    ...Object.entries(byKey).map(([key, count]) => `  ${count} signed with key ${key}`),
    ...Object.entries(missing).map(([reason, count]) => `  ${count} ids ${words[reason]}`),
  ]
  if (result.lateRows > 0) lines.push(`  ${result.lateRows} rows signed with a retired key after it was retired`)
  if (result.unsignedStatements > 0) {
    lines.push(`  ${result.unsignedStatements} rotations or checkpoints are not signed, and count for nothing`)
  }
  if (result.forgedStatements > 0) {
    lines.push(`${result.forgedStatements} rotations or checkpoints are not as they were signed.`)
  }
  for (const {id, problem} of problems.slice(0, shown)) {
    lines.push(problem === 'unsigned' ? `Row ${id} is not signed.` : `Row ${id} is not as it was signed.`)
  }
  const bad = result.badSignatures + result.unsigned
  if (bad > shown) lines.push(`… and ${bad - shown} more rows.`)
  for (const {from, to, reason} of gaps.filter((gap) => words[gap.reason]!.startsWith('MISSING')).slice(0, shown)) {
    lines.push(`${from === to ? `Row ${from} is` : `Rows ${from} to ${to} are`} missing (${reason}).`)
  }
  if (result.replacedLastRow !== null)
    lines.push(`Row ${result.replacedLastRow} is another one than at the last checkpoint.`)
  lines.push(
    result.ok
      ? `All is well${result.checkpoints === 0 ? '; make a checkpoint, or rows cut off at the end are not noticed: pi-manage audit checkpoint' : '.'}`
      : `${bad} rows are wrong, ${result.unexplained} are missing without a reason.`,
  )
  return lines
}
