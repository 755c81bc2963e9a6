import {createPublicKey, type KeyObject} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import type {Settings} from '../config/settings.js'
import {readPrivateKey, readPublicKey} from '../crypto/signature.js'
import {reasonOf} from '../errors.js'

/** Whether rows are signed here, and with what. */
export interface AuditSigning {
  /** False with PI_AUDIT_NO_SIGN: rows are unsigned on purpose. */
  wanted: boolean
  key: KeyObject | undefined
  /** Why there is no key although the configuration names one. */
  problem: string | undefined
}

/** The key that signs audit rows. */
export async function auditSigning(settings: Settings): Promise<AuditSigning> {
  if (settings.flag('PI_AUDIT_NO_SIGN')) return {wanted: false, key: undefined, problem: undefined}
  const file = settings.path('PI_AUDIT_KEY_PRIVATE')
  if (file === undefined) return {wanted: true, key: undefined, problem: undefined}
  try {
    const key = readPrivateKey(await readFile(file), `the private key ${file}`)
    return {wanted: true, key, problem: undefined}
  } catch (error) {
    return {wanted: true, key: undefined, problem: reasonOf(error)}
  }
}

/** The public key in use; undefined when none is configured. @throws PiError CONFIG */
export async function auditPublicKey(settings: Settings): Promise<KeyObject | undefined> {
  const file = settings.path('PI_AUDIT_KEY_PUBLIC')
  if (file !== undefined) {
    const pem = await readFile(file).catch(() => undefined)
    if (pem) return readPublicKey(pem, `the public key ${file}`)
  }
  const {key} = await auditSigning(settings)
  return key && createPublicKey(key)
}
