import {readFileSync} from 'node:fs'
import {Flags} from '@oclif/core'
import type {WriteOptions} from '../../importers/writers/contract.js'
import type {PgpProtection} from '../../importers/writers/open-pgp.js'
import {PiError} from '../../lib/errors.js'

/** How a written token file is protected: used as `flags = {...tokenOutput}` together with {@link protectionOf}. */
export const tokenOutput = {
  'recipient-cert': Flags.string({
    description: 'certificate (PEM) that the secrets of a PSKC file are encrypted for, instead of a key or a password',
    helpValue: 'FILE',
  }),
  'sign-key-file': Flags.string({
    description: 'private RSA key (PEM) that signs a PSKC file',
    helpValue: 'FILE',
    dependsOn: ['sign-cert'],
  }),
  'sign-cert': Flags.string({
    description: 'its certificate (PEM), which goes into the file',
    helpValue: 'FILE',
    dependsOn: ['sign-key-file'],
  }),
  'pgp-recipient': Flags.string({
    description: 'file with an OpenPGP public key that the file as a whole is encrypted to; may be repeated',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  compat: Flags.option({
    options: ['3.8'] as const,
    description: 'PSKC in the form that privacyIDEA 3.8 reads back with all fields',
  })(),
  plain: Flags.boolean({description: 'write the secrets in clear'}),
}

export interface TokenOutputFlags {
  'recipient-cert'?: string | undefined
  'sign-key-file'?: string | undefined
  'sign-cert'?: string | undefined
  'pgp-recipient'?: string[] | undefined
  compat?: '3.8' | undefined
  plain: boolean
}

/** What the other flags say about keys. */
export interface Keys {
  key: Uint8Array | undefined
  /** A flag gives the password. */
  hasPassword: boolean
  /** Asked for only when nothing else protects the file. */
  password: () => Promise<string | undefined>
}

/**
 * How a file of a format is protected: PSKC encrypts its secrets itself, anything else as a whole by OpenPGP.
 * @throws PiError USAGE when secrets would be in clear without --plain, or for what does not go together; INVALID_INPUT
 */
export async function protectionOf(
  format: string,
  flags: TokenOutputFlags,
  {key, hasPassword, password}: Keys,
): Promise<{options: WriteOptions; pgp: PgpProtection | undefined}> {
  const {plain, compat} = flags
  if (plain && (hasPassword || key)) throw new PiError('USAGE', 'What is encrypted is not --plain: give one of both.')
  const recipients = (flags['pgp-recipient'] ?? []).map((path) => readFile(path))
  const certificate = readText(flags['recipient-cert'])
  const signKey = readText(flags['sign-key-file'])
  const signer = signKey === undefined ? undefined : {key: signKey, certificate: readText(flags['sign-cert'])!}
  if (format !== 'pskc' && (certificate !== undefined || signer || compat)) {
    throw new PiError('USAGE', '--recipient-cert, --sign-key-file and --compat are for PSKC.')
  }
  if (format !== 'pskc') {
    const free = plain || recipients.length > 0
    const given = key ? Buffer.from(key).toString('hex') : free ? undefined : await password()
    if (!free && given === undefined) throw inClear(format)
    const pgp = recipients.length > 0 || given !== undefined
    return {options: {plain}, pgp: pgp ? {recipients, passwords: given === undefined ? [] : [given]} : undefined}
  }
  const free = plain || recipients.length > 0 || key !== undefined || certificate !== undefined
  const given = free ? undefined : await password()
  if (!free && given === undefined) throw inClear(format)
  const inside = given === undefined && key === undefined && certificate === undefined
  return {
    options: {plain: inside, compat, certificate, signer, presharedKey: key, password: given},
    pgp: recipients.length > 0 ? {recipients, passwords: []} : undefined,
  }
}

function inClear(format: string): PiError {
  return new PiError('USAGE', `As ${format} the file would hold the secrets in clear.`, {
    hints: [
      'Encrypt it: --password-file, --preshared-key-file or --pgp-recipient',
      'Add --plain if clear text is what you want',
    ],
  })
}

function readText(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFile(path).toString('latin1')
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new PiError('INVALID_INPUT', `Cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'failed'}.`, {
      cause: error,
    })
  }
}
