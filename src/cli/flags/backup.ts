import {Flags} from '@oclif/core'
import type {OpenWith, SealFor} from '../../lib/services/backup/envelope.js'
import {readPassword, type SecretFlags} from '../secret-input.js'
import {password} from './secret.js'

/** The folder of backups; used as `flags = {directory: backupFolder}`. */
export const backupFolder = Flags.string({
  char: 'd',
  description: 'folder of the backups (default: /var/lib/privacyidea/backup)',
  env: 'PI_MANAGE_DIRECTORY',
  helpValue: 'DIR',
})

/** How an encrypted backup is opened: used as `flags = {...openBackup}` together with {@link openWith}. */
export const openBackup = {
  ...password,
  'pgp-key-file': Flags.string({
    description: 'OpenPGP secret key that opens the backup; the password is then that of the key',
    helpValue: 'FILE',
  }),
}

/** How a new backup is encrypted: used as `flags = {...sealBackup}` together with {@link sealFor}. */
export const sealBackup = {
  ...password,
  encrypt: Flags.boolean({description: 'encrypt with a password, which is asked for', exclusive: ['recipient']}),
  recipient: Flags.string({
    description: 'encrypt for the owner of this OpenPGP public key',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
  }),
}

export function openWith(flags: SecretFlags & {'pgp-key-file'?: string | undefined}): OpenWith {
  let asked: Promise<string> | undefined
  return {
    // A backup is read several times, and asked for once.
    password: () => (asked ??= readPassword(flags, 'Password of the backup')),
    pgpKeyFile: flags['pgp-key-file'],
  }
}

export async function sealFor(
  flags: SecretFlags & {encrypt?: boolean; recipient?: string[] | undefined},
): Promise<SealFor | undefined> {
  if (flags.recipient && flags.recipient.length > 0) return {recipientFiles: flags.recipient}
  const given = flags['password-file'] ?? flags['password-fd'] ?? (flags['password-stdin'] || undefined)
  if (!flags.encrypt && given === undefined) return undefined
  return {password: await readPassword(flags, 'Password for the backup', {twice: true})}
}
