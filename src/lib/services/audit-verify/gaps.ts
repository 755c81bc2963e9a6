import type {Checkpoint, Evidence} from '../../audit/evidence.js'
import {countOf, decodeRanges, missingOf, pairsOf, subtract, unionOf, type IdRanges} from '../../audit/ranges.js'
import type {Numbering} from '../../db/numbering.js'

/** Why ids are missing. `head`, `middle` and `tail` have no reason: rows were removed. */
export type GapReason =
  | 'rotated'
  | 'known'
  | 'increment'
  | 'sequence'
  /** Before the first row, and no checkpoint says what was there: the original's rotation leaves no trace. */
  | 'unproven'
  | 'head'
  | 'middle'
  | 'tail'

export interface Gap {
  from: number
  to: number
  reason: GapReason
}

export interface GapMap {
  /** In the order of ids; those that are explained only up to a limit. */
  gaps: Gap[]
  /** Missing ids per reason. */
  missing: Partial<Record<GapReason, number>>
  /** Ids that are missing without a reason. */
  unexplained: number
}

export const unexplainedReasons: ReadonlySet<GapReason> = new Set(['head', 'middle', 'tail'])
/** Gaps that are listed one by one. */
const listed = 1000

interface Known {
  present: IdRanges
  /** Those whose signature holds, oldest first. */
  evidence: readonly Evidence[]
  numbering: Numbering
}

/** Says of each id that is missing why: by rotations, the last checkpoint, and how the database counts. */
export function mapGaps({present, evidence, numbering}: Known): GapMap {
  const checkpoint = evidence.findLast((statement): statement is Checkpoint => statement.kind === 'checkpoint')
  const removed = unionOf(
    ...evidence.filter((statement) => statement.kind === 'rotation').map(({removed: ids}) => decodeRanges(ids)),
  )
  const lastPresent = present.at(-1) ?? 0
  const last = Math.max(lastPresent, checkpoint?.lastId ?? 0, removed.at(-1) ?? 0)
  const missing = missingOf(present, last)
  const notRotated = subtract(missing, removed)
  const left = checkpoint ? subtract(notRotated, decodeRanges(checkpoint.missing)) : notRotated
  const gaps: Gap[] = [
    ...gapsOf(subtract(missing, notRotated), () => 'rotated'),
    ...gapsOf(subtract(notRotated, left), () => 'known'),
    ...gapsOf(left, (from, to) => reasonOf(from, to, {checkpoint, numbering, first: present[0] ?? 0, lastPresent})),
  ]
  const counts: GapMap['missing'] = {}
  for (const {from, to, reason} of gaps) counts[reason] = (counts[reason] ?? 0) + to - from + 1
  return {
    gaps: [
      ...gaps.filter(({reason}) => unexplainedReasons.has(reason)).slice(0, listed),
      ...gaps.filter(({reason}) => !unexplainedReasons.has(reason)).slice(0, listed),
    ].sort((a, b) => a.from - b.from),
    missing: counts,
    unexplained: (counts.head ?? 0) + (counts.middle ?? 0) + (counts.tail ?? 0),
  }
}

/** Ids that a new checkpoint says are missing. */
export function missingIds(present: IdRanges): IdRanges {
  return missingOf(present, present.at(-1) ?? 0)
}

function reasonOf(
  from: number,
  to: number,
  place: {checkpoint: Checkpoint | undefined; numbering: Numbering; first: number; lastPresent: number},
): GapReason {
  const {increment, cache} = place.numbering
  if (to - from + 1 < increment) return 'increment'
  if (from > place.lastPresent) return 'tail'
  if (to < place.first) return place.checkpoint ? 'head' : 'unproven'
  // A server that is restarted goes on at the next block of the sequence.
  if (cache > 1 && to % cache === 0 && to - from + 1 < cache) return 'sequence'
  return 'middle'
}

function gapsOf(ranges: IdRanges, reason: (from: number, to: number) => GapReason): Gap[] {
  return countOf(ranges) === 0 ? [] : pairsOf(ranges).map(([from, to]) => ({from, to, reason: reason(from, to)}))
}
