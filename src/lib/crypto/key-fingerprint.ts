import {createHash} from 'node:crypto'
import type {KeySlot, SecurityModule} from '../security-module.js'

const iv = Buffer.alloc(16)

/**
 * Names a key without revealing anything about it: 64 bits of the SHA-256 of what the key makes of a fixed text. Whoever
 * sees it can tell whether two keys are the same, and nothing else.
 * @returns 16 hex digits
 */
export async function fingerprint(module: SecurityModule, slot: KeySlot): Promise<string> {
  const text = Buffer.from(`pi-manage key fingerprint 1 ${slot}`, 'ascii')
  const encrypted = await module.encrypt(slot, text, iv)
  return createHash('sha256').update(encrypted).digest('hex').slice(0, 16)
}
