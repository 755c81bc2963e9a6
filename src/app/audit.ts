import type {AuditRestoreService} from '../lib/services/audit-archive/restore.js'
import type {AuditRotationService} from '../lib/services/audit-rotation/index.js'
import type {AuditFilters} from '../lib/services/audit-search/filters.js'
import type {AuditSearchService} from '../lib/services/audit-search/index.js'
import type {AuditStats, StatsOptions} from '../lib/services/audit-stats/index.js'
import type {AuditVerifyService} from '../lib/services/audit-verify/index.js'
import type {CoreServices} from './core.js'
import {once, type AppOptions} from './options.js'

/** The audit log of the installation. */
export interface AuditServices {
  /** Deletes old rows, and archives them on wish. */
  auditRotation(): Promise<AuditRotationService>
  /** Verifies signatures, finds missing rows, makes checkpoints. */
  auditVerify(): Promise<AuditVerifyService>
  /** Reads rows. */
  auditSearch(): Promise<AuditSearchService>
  /** Brings rows of an archive back. */
  auditRestore(): Promise<AuditRestoreService>
  /** Counts rows. */
  auditStats(): Promise<(filters: AuditFilters, options: StatsOptions) => Promise<AuditStats>>
}

export function auditServices(options: AppOptions, {settings, auditDatabase}: CoreServices): AuditServices {
  const warn = options.warn ?? (() => {})
  const auditRotation = once(async () => {
    const [{AuditRotationService}, found] = await Promise.all([
      import('../lib/services/audit-rotation/index.js'),
      settings(),
    ])
    return new AuditRotationService({settings: found, database: auditDatabase, warn})
  })
  const auditVerify = once(async () => {
    const [{AuditVerifyService}, found] = await Promise.all([
      import('../lib/services/audit-verify/index.js'),
      settings(),
    ])
    return new AuditVerifyService({settings: found, database: auditDatabase})
  })
  const auditSearch = once(async () => {
    const [{AuditSearchService}, found] = await Promise.all([
      import('../lib/services/audit-search/index.js'),
      settings(),
    ])
    return new AuditSearchService({settings: found, database: auditDatabase})
  })
  const auditRestore = once(async () => {
    const [{AuditRestoreService}, found] = await Promise.all([
      import('../lib/services/audit-archive/restore.js'),
      settings(),
    ])
    return new AuditRestoreService({settings: found, database: auditDatabase})
  })
  const auditStats = once(async () => {
    const [services, db] = await Promise.all([import('../lib/services/audit-stats/index.js'), auditDatabase()])
    return (filters: AuditFilters, wanted: StatsOptions) => services.auditStats(db, filters, wanted)
  })
  return {auditRotation, auditVerify, auditSearch, auditRestore, auditStats}
}
