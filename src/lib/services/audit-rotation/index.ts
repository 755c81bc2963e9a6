import type {KeyObject} from 'node:crypto'
import {appendEvidence, evidencePath, signEvidence, type RotationRecord} from '../../audit/evidence.js'
import {auditSigning} from '../../audit/keys.js'
import {encodeRanges, RangeCollector} from '../../audit/ranges.js'
import type {Settings} from '../../config/settings.js'
import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {openArchive} from '../audit-archive/write.js'
import {parseRules, type RotationRule, type RuleOptions} from './rules.js'
import {rotateAudit, type RotationMode, type RotationOptions, type RotationResult} from './run.js'

interface RotationServiceOptions {
  settings: Settings
  database: () => Promise<Database>
  warn: (message: string) => void
}

export interface RotateRequest extends Omit<RotationOptions, 'keep' | 'onDeleted'> {
  mode: RotationMode
  /** Folder that the rows are written to before they are deleted. */
  archive?: string | undefined
}

export interface RotateResult extends RotationResult {
  /** Manifest of the archive. */
  archive?: string
  /** Where it was recorded what was deleted; null when there is no public key to keep it beside. */
  record: string | null
}

/** Rotation of the audit log. */
export class AuditRotationService {
  readonly #options: RotationServiceOptions

  constructor(options: RotationServiceOptions) {
    this.#options = options
  }

  /** @throws PiError REFUSED when the rows are not in the database, in the words of the original */
  checkModule(): void {
    const {settings} = this.#options
    const module = settings.text('PI_AUDIT_MODULE') ?? ''
    const modules = module.endsWith('containeraudit') ? settings.list('PI_AUDIT_CONTAINER_WRITE') : [module]
    if (modules.some((name) => name.endsWith('sqlaudit'))) return
    throw new PiError('REFUSED', `We only rotate SQL audit module. You are using ${module}`)
  }

  /** @throws PiError INVALID_INPUT, USAGE */
  async readRules(yaml: string, options?: RuleOptions): Promise<RotationRule[]> {
    return parseRules(yaml, (await this.#options.database()).schema, options)
  }

  /**
   * Deletes rows, and records beside the public key which ones, signed, so that `audit verify` knows them.
   * @throws PiError REFUSED, UNAVAILABLE, USAGE, CONFIG (archive or record cannot be written)
   */
  async rotate({mode, archive: folder, ...options}: RotateRequest): Promise<RotateResult> {
    const {settings, database, warn} = this.#options
    this.checkModule()
    const db = await database()
    const removed = new RangeCollector()
    const {key, wanted, problem} = options.dryRun ? unsigned : await auditSigning(settings)
    const archive = folder !== undefined && !options.dryRun ? await openArchive(folder, {db, key}) : undefined
    let result: RotationResult | undefined
    let manifest: string | undefined
    try {
      result = await rotateAudit(db, mode, {
        ...options,
        keep: archive && ((rows) => archive.add(rows)),
        onDeleted: (ids) => {
          for (const id of ids.toSorted((a, b) => a - b)) removed.add(id)
        },
      })
    } finally {
      // Also of what a failed or interrupted run has deleted.
      manifest = await archive?.finish()
      const record = recordOf(db, removed, {mode: mode.kind, archive: manifest})
      if (record) {
        if (wanted && !key && problem !== undefined) warn(`The rotation is recorded without a signature: ${problem}`)
        await this.#record(record, key)
      }
    }
    return {...result, ...(manifest !== undefined && {archive: manifest}), record: evidencePath(settings) ?? null}
  }

  async #record(record: RotationRecord, key: KeyObject | undefined): Promise<void> {
    const {settings} = this.#options
    const path = evidencePath(settings)
    if (path === undefined) return
    await appendEvidence(path, await signEvidence(record, key), settings.path('PI_AUDIT_KEY_PUBLIC') ?? path)
  }
}

const unsigned = {key: undefined, wanted: false, problem: undefined}

function recordOf(
  db: Database,
  removed: RangeCollector,
  {mode, archive}: {mode: string; archive: string | undefined},
): RotationRecord | undefined {
  const {ranges} = removed
  if (ranges.length === 0) return undefined
  let rows = 0
  for (let at = 0; at < ranges.length; at += 2) rows += ranges[at + 1]! - ranges[at]! + 1
  return {
    format: 1,
    kind: 'rotation',
    time: new Date().toISOString(),
    table: db.schema.auditTable,
    mode,
    rows,
    firstId: ranges[0]!,
    lastId: ranges.at(-1)!,
    removed: encodeRanges(ranges),
    ...(archive !== undefined && {archive}),
  }
}
