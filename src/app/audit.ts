import type {AuditRotationService} from '../lib/services/audit-rotation/index.js'
import type {AuditVerifyService} from '../lib/services/audit-verify/index.js'
import type {CoreServices} from './core.js'
import {once, type AppOptions} from './options.js'

/** The audit log of the installation. */
export interface AuditServices {
  /** Deletes old rows, and archives them on wish. */
  auditRotation(): Promise<AuditRotationService>
  /** Verifies signatures, finds missing rows, makes checkpoints. */
  auditVerify(): Promise<AuditVerifyService>
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
  return {auditRotation, auditVerify}
}
