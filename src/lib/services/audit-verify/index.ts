import {createHash, type KeyObject} from 'node:crypto'
import {
  appendEvidence,
  evidencePath,
  isSignedBy,
  readEvidence,
  signEvidence,
  type Checkpoint,
  type Evidence,
  type SignedEvidence,
} from '../../audit/evidence.js'
import {generationsPath, keyFingerprint, readGenerations, type AuditKeyGeneration} from '../../audit/generations.js'
import {auditPublicKey, auditSigning} from '../../audit/keys.js'
import {encodeRanges, type IdRanges} from '../../audit/ranges.js'
import {auditText} from '../../audit/sign.js'
import type {Settings} from '../../config/settings.js'
import {readPublicKey} from '../../crypto/signature.js'
import type {Database, Row} from '../../db/database.js'
import {auditNumbering} from '../../db/numbering.js'
import {PiError} from '../../errors.js'
import {signedFields} from '../../store/audit.js'
import {mapGaps, missingIds, type GapMap} from './gaps.js'
import {hasThreads, runInThreads, type Segment} from './pool.js'
import {VerifyProgress} from './progress.js'
import {verifySegment, type RowProblem, type VerifyKey} from './segment.js'

export interface VerifyOptions {
  /** Threads that verify; 0 does it in this one. */
  threads: number
  /** Keeps what was found, and goes on with it. */
  resume?: string | undefined
  /** More files with checkpoints and rotations, e.g. copies kept elsewhere. */
  evidence?: readonly string[]
  /** More public keys, PEM. */
  keys?: readonly string[]
  /** Instead of PI_CHECK_OLD_SIGNATURES. */
  allowOld?: boolean | undefined
  /** Instead of what the database says. */
  increment?: number | undefined
  signal?: AbortSignal | undefined
  onStart?: (ids: number) => void
  onProgress?: (ids: number) => void
}

export interface VerifyResult extends GapMap {
  rows: number
  firstId: number | null
  lastId: number | null
  /** Rows per fingerprint of the key that verifies them. */
  byKey: Record<string, number>
  /** Rows whose signature is wrong or absent, up to a limit. */
  problems: RowProblem[]
  badSignatures: number
  unsigned: number
  /** Rows with a retired key that were written after it was retired. */
  lateRows: number
  /** The row that the last checkpoint ended with is another one now. */
  replacedLastRow: number | null
  checkpoints: number
  rotations: number
  /** Statements that nobody could sign; they count for nothing. */
  unsignedStatements: number
  /** Statements whose signature is wrong. */
  forgedStatements: number
  ok: boolean
}

const segmentSize = 5000
const listed = 1000

/** Verification of the audit log, and the checkpoints that it goes by. */
export class AuditVerifyService {
  readonly #settings: Settings
  readonly #database: () => Promise<Database>

  constructor({settings, database}: {settings: Settings; database: () => Promise<Database>}) {
    this.#settings = settings
    this.#database = database
  }

  /**
   * Verifies each row with each key, and looks for rows that are missing.
   * @throws PiError CONFIG (no public key), INVALID_INPUT, INTEGRITY (damaged files), UNAVAILABLE
   */
  async verify(options: VerifyOptions): Promise<VerifyResult> {
    const settings = this.#settings
    const db = await this.#database()
    const {keys, generations} = await this.#keys(options.keys ?? [])
    const numbering = await auditNumbering(db)
    if (options.increment !== undefined) numbering.increment = options.increment
    const allowOld = options.allowOld ?? settings.flag('PI_CHECK_OLD_SIGNATURES')
    const rules = {keys, allowOld, increment: numbering.increment}
    const {first, last} = await idsOf(db)
    const subject = subjectOf(db, keys, rules)
    const progress = new VerifyProgress(options.resume, subject)
    await progress.load()
    if (progress.through === 0 && first !== undefined) progress.through = first - 1
    options.onStart?.((last ?? 0) - progress.through)
    const done = async (segment: Segment, result: Awaited<ReturnType<typeof verifySegment>>) => {
      await progress.add(segment, result)
      options.onProgress?.(segment.last - segment.after)
    }
    const segments = segmentsOf(progress.through, last ?? 0)
    if (options.threads === 0 || !hasThreads) {
      for (const segment of segments) {
        if (options.signal?.aborted) break
        await done(segment, await verifySegment(db, segment, rules))
      }
    } else {
      const count = Math.ceil(((last ?? 0) - progress.through) / segmentSize)
      await runInThreads(
        segments,
        {threads: Math.max(0, Math.min(options.threads, count)), task: this.#task(rules), signal: options.signal},
        done,
      )
    }
    if (options.signal?.aborted) {
      await progress.save()
      throw new PiError('INTERRUPTED', `Interrupted after row ${progress.through}.`, {
        hints: options.resume === undefined ? [] : [`Go on with --resume ${options.resume}`],
      })
    }
    progress.finish()
    const problems = await stillThere(db, progress.problems, rules)
    const {trusted, unsigned, forged} = await this.#evidence(db, keys, options.evidence ?? [])
    const map = mapGaps({present: progress.present, evidence: trusted, numbering})
    const replacedLastRow = await replacedRow(db, trusted)
    await progress.forget()
    const bad = problems.filter(({problem}) => problem === 'signature').length
    return {
      ...map,
      rows: progress.rows,
      firstId: first ?? null,
      lastId: last ?? null,
      byKey: progress.byKey,
      problems: problems.slice(0, listed),
      badSignatures: bad,
      unsigned: problems.length - bad,
      lateRows: lateRows(progress.byKey, generations),
      replacedLastRow,
      checkpoints: trusted.filter(({kind}) => kind === 'checkpoint').length,
      rotations: trusted.filter(({kind}) => kind === 'rotation').length,
      unsignedStatements: unsigned,
      forgedStatements: forged,
      ok: problems.length + map.unexplained + forged === 0 && replacedLastRow === null,
    }
  }

  /**
   * States which rows are there, signed: whoever deletes some of them later is found out, also at head and tail.
   * @param options.acceptGaps rows that are missing now without a reason are taken as known
   * @throws PiError CONFIG (no key to sign with), REFUSED (rows are missing)
   */
  async checkpoint({acceptGaps = false} = {}): Promise<{checkpoint: Checkpoint; file: string; accepted: number}> {
    const settings = this.#settings
    const [{key, problem}, path] = [await auditSigning(settings), evidencePath(settings)]
    if (!key || path === undefined) {
      throw new PiError('CONFIG', `A checkpoint must be signed with the audit key: ${problem ?? 'there is none'}.`, {
        hints: ['Set PI_AUDIT_KEY_PRIVATE and PI_AUDIT_KEY_PUBLIC', 'Run it as the user of the server'],
      })
    }
    const db = await this.#database()
    const {keys} = await this.#keys([])
    const numbering = await auditNumbering(db)
    const {present, rows} = await presentIds(db, numbering.increment)
    const {trusted} = await this.#evidence(db, keys, [])
    const {unexplained} = mapGaps({present, evidence: trusted, numbering})
    if (unexplained > 0 && !acceptGaps) {
      throw new PiError('REFUSED', `${unexplained} rows are missing without a reason.`, {
        hints: ['See pi-manage audit verify', 'Take them as known with --accept-gaps'],
      })
    }
    const lastId = present.at(-1) ?? null
    const checkpoint: Checkpoint = {
      format: 1,
      kind: 'checkpoint',
      time: new Date().toISOString(),
      table: db.schema.auditTable,
      rows,
      firstId: present[0] ?? null,
      lastId,
      missing: encodeRanges(missingIds(present)),
      lastRow: lastId === null ? '' : ((await digestOf(db, lastId)) ?? ''),
    }
    await appendEvidence(path, await signEvidence(checkpoint, key), settings.path('PI_AUDIT_KEY_PUBLIC') ?? path)
    return {checkpoint, file: path, accepted: unexplained}
  }

  /** The key in use first, then the retired ones, newest first. @throws PiError CONFIG */
  async #keys(more: readonly string[]): Promise<{keys: VerifyKey[]; generations: AuditKeyGeneration[]}> {
    const present = await auditPublicKey(this.#settings)
    const path = generationsPath(this.#settings)
    const generations = path === undefined ? [] : await readGenerations(path)
    const all: KeyObject[] = [
      ...(present ? [present] : []),
      ...generations.toReversed().map(({publicKey}) => readPublicKey(publicKey)),
      ...more.map((pem) => readPublicKey(pem)),
    ]
    if (all.length === 0) {
      throw new PiError('CONFIG', 'There is no public key to verify with.', {
        hints: ['Set PI_AUDIT_KEY_PUBLIC, or name one with --public-key'],
      })
    }
    return {keys: all.map((key) => ({fingerprint: keyFingerprint(key), key})), generations}
  }

  async #evidence(
    db: Database,
    keys: readonly VerifyKey[],
    more: readonly string[],
  ): Promise<{trusted: Evidence[]; unsigned: number; forged: number}> {
    const own = evidencePath(this.#settings)
    const read: SignedEvidence[] = []
    for (const path of [...(own === undefined ? [] : [own]), ...more]) read.push(...(await readEvidence(path)))
    const about = read.filter(({statement}) => statement.table === db.schema.auditTable)
    const trusted = about.filter((evidence) =>
      isSignedBy(
        keys.map(({key}) => key),
        evidence,
      ),
    )
    const unsigned = about.filter(({signature}) => signature === '').length
    return {
      trusted: trusted.map(({statement}) => statement).sort((a, b) => (a.time < b.time ? -1 : 1)),
      unsigned,
      forged: about.length - trusted.length - unsigned,
    }
  }

  #task({keys, allowOld, increment}: {keys: readonly VerifyKey[]; allowOld: boolean; increment: number}) {
    const settings = this.#settings
    return {
      uri: settings.text('PI_AUDIT_SQL_URI') || settings.required('SQLALCHEMY_DATABASE_URI'),
      engineOptions: {
        PI_AUDIT_SQL_OPTIONS: settings.get('PI_AUDIT_SQL_OPTIONS'),
        SQLALCHEMY_ENGINE_OPTIONS: settings.get('SQLALCHEMY_ENGINE_OPTIONS'),
      },
      workingDirectory: process.cwd(),
      keys: keys.map(({fingerprint, key}) => ({
        fingerprint,
        pem: key.export({format: 'pem', type: 'spki'}) as string,
      })),
      allowOld,
      increment,
    }
  }
}

function* segmentsOf(after: number, last: number): Generator<Segment> {
  for (let at = after; at < last; at += segmentSize) yield {after: at, last: Math.min(at + segmentSize, last)}
}

async function idsOf(db: Database): Promise<{first: number | undefined; last: number | undefined}> {
  const [row] = (await db.k(db.schema.auditTable).min({first: 'id'}).max({last: 'id'})) as Row[]
  const number = (value: unknown) => (value === null || value === undefined ? undefined : Number(value))
  return {first: number(row?.['first']), last: number(row?.['last'])}
}

async function presentIds(db: Database, increment: number): Promise<{present: IdRanges; rows: number}> {
  const present: IdRanges = []
  let rows = 0
  for await (const page of db.pages<Row>(db.schema.auditTable, {
    size: 5000,
    build: (query) => void query.select('id'),
  })) {
    rows += page.length
    for (const row of page) {
      const id = Number(row['id'])
      const end = present.at(-1)
      if (end !== undefined && id - end <= increment) present[present.length - 1] = id
      else present.push(id, id)
    }
  }
  return {present, rows}
}

/** Servers insert a row and sign it a moment later: what looked wrong is looked at again. */
async function stillThere(
  db: Database,
  problems: readonly RowProblem[],
  rules: Parameters<typeof verifySegment>[2],
): Promise<RowProblem[]> {
  const recent = problems.slice(-20)
  const again: RowProblem[] = []
  for (const {id} of recent) again.push(...(await verifySegment(db, {after: id - 1, last: id}, rules)).problems)
  return [...problems.slice(0, -20), ...again]
}

/** The last row of the last checkpoint, when it is there and another one. */
async function replacedRow(db: Database, evidence: readonly Evidence[]): Promise<number | null> {
  const last = evidence.findLast((statement): statement is Checkpoint => statement.kind === 'checkpoint')
  if (!last || last.lastId === null || !last.lastRow) return null
  const digest = await digestOf(db, last.lastId)
  return digest === undefined || digest === last.lastRow ? null : last.lastId
}

async function digestOf(db: Database, id: number): Promise<string | undefined> {
  const row = (await db.k(db.schema.auditTable).where({id}).first()) as Row | undefined
  if (!row) return undefined
  const text = `${auditText(signedFields(row, db.schema))} ${String(row['signature'] ?? '')}`
  return createHash('sha256').update(text).digest('hex')
}

function subjectOf(db: Database, keys: readonly VerifyKey[], rules: {allowOld: boolean; increment: number}): string {
  return [db.schema.auditTable, ...keys.map(({fingerprint}) => fingerprint), rules.allowOld, rules.increment].join(' ')
}

/** More rows than ids up to the key's last one: some were written after it was retired. */
function lateRows(byKey: Record<string, number>, generations: readonly AuditKeyGeneration[]): number {
  let late = 0
  for (const {fingerprint, firstId, lastId} of generations) {
    late += Math.max(0, (byKey[fingerprint] ?? 0) - (lastId - (firstId ?? 1) + 1))
  }
  return late
}
