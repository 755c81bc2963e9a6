import {encryptedPinMark, looksEncrypted} from './secret-values.js'

/** Whether a text has the form that the column prescribes (spec/02 §5.1), before any key is tried. */
export function hasEncryptedForm(form: 'split' | 'pair' | 'pin', stored: string, iv = ''): boolean {
  if (form === 'split') return looksEncrypted(`${iv}:${stored}`)
  if (form === 'pin')
    return stored.startsWith(encryptedPinMark) && looksEncrypted(stored.slice(encryptedPinMark.length))
  return looksEncrypted(stored)
}
