import {appendFileSync, mkdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fixture} from './folders.js'

/**
 * Everything that programs print while the suite runs is kept in the folder PI_TEST_RECORD, when it is set, and
 * searched for secrets of the fixtures at the end (scripts/test.mjs). Output that was asked to show secrets is left out.
 */
export function record(text: string): void {
  const folder = process.env['PI_TEST_RECORD']
  if (!folder || text === '') return
  mkdirSync(folder, {recursive: true})
  appendFileSync(join(folder, `${process.pid}.txt`), text.endsWith('\n') ? text : `${text}\n`)
}

/**
 * The secrets that must never be printed unasked: seeds, PINs, passwords and keys of the fixtures and of the tests.
 * Short ones are left out, since they occur by chance; so are those that a fixture shows on purpose in a public field.
 */
export function fixtureSecrets(): Set<string> {
  const secrets = new Set<string>(testSecrets)
  for (const set of ['privacyidea-3.8', 'privacyidea-3.14dev']) {
    const expect = JSON.parse(readFileSync(fixture('interop', set, 'expect.json'), 'utf8')) as Record<string, unknown>
    collect(expect, secrets)
  }
  const http = JSON.parse(readFileSync(fixture('interop/http/transcript.json'), 'utf8')) as {fixture: unknown}
  collect(http.fixture, secrets)
  for (const secret of secrets) if (secret.length < 8 || /^\d{1,10}$/.test(secret)) secrets.delete(secret)
  return secrets
}

/** Secrets that tests make up; give new ones here, so that they are looked for as well. */
export const testSecrets = [
  'canary-admin-password-7Hq2',
  'canary-enckey-password-Zt9x',
  'canary-db-password-Gw7',
  'canary-pin-4Kd81v',
  'canary-client-secret-Pq3',
  'canary-manager-pw-Lx5',
  'canary-ca-passphrase-3xQ9',
  'canary-p12-password-ü9',
  'canary-token-pin-Rb5w',
  'c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55',
  'canary-backup-password-Rm3z',
]

const secretKeys = new Set([
  'otpkey',
  'pin',
  'password',
  'passwords',
  'enckey',
  'secret',
  'seed',
  'pepper',
  'secret_key',
  'so_pin',
  'user_pin',
])

/** Stand beside the keys in `expect.json` and are no secrets. */
const fileNames = new Set(['enckey', 'enckey.enc'])

function collect(value: unknown, into: Set<string>, isSecret = false): void {
  if (typeof value === 'string') {
    if (isSecret && value !== '' && !fileNames.has(value)) into.add(value)
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, into, isSecret)
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) collect(item, into, isSecret || secretKeys.has(key))
  }
}
