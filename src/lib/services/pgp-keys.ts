import {execFile} from 'node:child_process'
import {chmod, mkdir} from 'node:fs/promises'
import {hostname, userInfo} from 'node:os'
import {PiError, reasonOf} from '../errors.js'

export interface PgpKey {
  fingerprint: string
  /** E.g. `privacyIDEA Server (Import) <root@host>`. */
  uid: string
}

export interface PgpKeyOptions {
  /** GnuPG home of the installation, `PI_GNUPG_HOME`. */
  home: string
  product: 'privacyidea' | 'edumfa'
  bits: number
  /** Make another key beside those that are there. */
  force: boolean
}

/**
 * Makes the key pair to which seed files are encrypted for import (spec/02 §11.1): RSA, no passphrase, no expiry. Keys
 * that are there stay.
 * @throws PiError REFUSED (there is a key already), UNAVAILABLE (gpg missing or failing), CONFIG (home cannot be made)
 */
export async function createPgpKeys({home, product, bits, force}: PgpKeyOptions): Promise<PgpKey> {
  await makeHome(home)
  const present = await secretKeys(home)
  if (present.length > 0 && !force) {
    throw new PiError(
      'REFUSED',
      'There are already private keys. If you want to generate a new private key, use the parameter --force.',
      {
        hints: present.map(({fingerprint, uid}) => `${fingerprint} ${uid}`),
      },
    )
  }
  const name = product === 'edumfa' ? 'eduMFA Server' : 'privacyIDEA Server'
  const batch = [
    'Key-Type: RSA',
    `Key-Length: ${bits}`,
    `Name-Real: ${name}`,
    'Name-Comment: Import',
    `Name-Email: ${userInfo().username}@${hostname()}`,
    '%no-protection',
    '%commit',
    '',
  ].join('\n')
  await gpg(home, ['--batch', '--quiet', '--gen-key'], batch)
  const known = new Set(present.map(({fingerprint}) => fingerprint))
  const made = (await secretKeys(home)).find(({fingerprint}) => !known.has(fingerprint))
  if (made) return made
  throw new PiError('UNAVAILABLE', 'gpg made no key.', {hints: [`Look at gpg --homedir ${home} --list-secret-keys`]})
}

async function secretKeys(home: string): Promise<PgpKey[]> {
  const keys: PgpKey[] = []
  let fingerprint: string | undefined
  for (const line of (await gpg(home, ['--batch', '--with-colons', '--list-secret-keys'])).split('\n')) {
    const fields = line.split(':')
    if (fields[0] === 'sec') fingerprint = undefined
    // The first of a key is its own; those of subkeys follow.
    if (fields[0] === 'fpr') fingerprint ??= fields[9]
    if (fields[0] === 'uid' && fingerprint !== undefined && keys.at(-1)?.fingerprint !== fingerprint) {
      keys.push({fingerprint, uid: fields[9] ?? ''})
    }
  }
  return keys
}

async function makeHome(home: string): Promise<void> {
  try {
    if ((await mkdir(home, {mode: 0o700, recursive: true})) !== undefined) await chmod(home, 0o700)
  } catch (error) {
    throw new PiError('CONFIG', `The GnuPG home ${home} cannot be made: ${reasonOf(error)}`, {
      hints: ['PI_GNUPG_HOME names it'],
      cause: error,
    })
  }
}

async function gpg(home: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('gpg', ['--homedir', home, ...args], {timeout: 300_000}, (error, stdout, stderr) => {
      if (!error) resolve(stdout)
      else if (error.code === 'ENOENT') {
        reject(
          new PiError('UNAVAILABLE', 'The program gpg is missing.', {hints: ['apt-get install gnupg'], cause: error}),
        )
      } else {
        const [reason = 'it failed'] = stderr.trim().split('\n').slice(-1)
        reject(new PiError('UNAVAILABLE', `gpg: ${reason}`, {cause: error}))
      }
    })
    // gpg may end before it has read everything.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
