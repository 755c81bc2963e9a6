import {readFileSync} from 'node:fs'
import {Flags} from '@oclif/core'
import type {OpenTokenFileOptions} from '../../importers/open.js'
import {formatNames} from '../../importers/registry.js'
import {PiError} from '../../lib/errors.js'
import {readPassword, readSecretFile, type SecretFlags} from '../secret-input.js'
import {password} from './secret.js'

/** How a token file is read: used as `flags = {...tokenFile}` together with {@link tokenFileOptions}. */
export const tokenFile = {
  ...password,
  format: Flags.string({description: `format of the file (${formatNames.join(', ')}); recognised when left out`}),
  'preshared-key-file': Flags.string({
    aliases: ['keyfile'],
    description: 'file with the key of an encrypted PSKC file, hex or base64 (- for standard input)',
    helpValue: 'FILE',
    exclusive: ['preshared-key'],
  }),
  'preshared-key': Flags.string({
    aliases: ['preshared-key-hex', 'preshared_key', 'preshared_key_hex', 'psk', 'key'],
    description: 'the same key on the command line, where others can read it (as the originals)',
    helpValue: 'HEX',
  }),
  'validate-mac': Flags.string({
    aliases: ['validate_mac', 'pskc-validate-mac'],
    description: 'what a wrong MAC does: refuse the file (hard), refuse the token (soft), nothing (none)',
    default: 'hard',
    options: ['hard', 'soft', 'none', 'check_fail_hard', 'check_fail_soft', 'no_check'],
  }),
  'private-key-file': Flags.string({
    aliases: ['private-key'],
    description: 'private key (PEM) of the certificate that a PSKC file is encrypted for',
    helpValue: 'FILE',
  }),
  'trust-cert': Flags.string({
    description: 'certificates (PEM) of who may sign: the PSKC file must be signed by one of them',
    helpValue: 'FILE',
    exclusive: ['lenient'],
  }),
  lenient: Flags.boolean({description: 'read PSKC files that are not well-formed, as the originals do'}),
  'pgp-key-file': Flags.string({
    description: 'OpenPGP private key for an encrypted file (default: the key ring PI_GNUPG_HOME)',
    helpValue: 'FILE',
  }),
  'gnupg-home': Flags.string({description: 'GnuPG home to use instead of the configured one', helpValue: 'DIR'}),
  'source-key-file': Flags.string({
    description: 'encryption key file of the LinOTP that a database comes from',
    helpValue: 'FILE',
  }),
  'serial-from': Flags.option({
    options: ['hash', 'issuer', 'account'] as const,
    description: "what the serials of an app's accounts are made from, which have none",
  })(),
  encoding: Flags.string({description: 'encoding of a text file, e.g. latin1 (default: found out)'}),
  delimiter: Flags.string({description: 'separator of a CSV: a character or tab (default: found out)'}),
  'seed-encoding': Flags.option({
    options: ['auto', 'hex', 'base32', 'base64', 'utf8'] as const,
    description: 'how the seeds of a CSV are written',
  })(),
  'user-column': Flags.string({
    description: 'column of a CSV that names the owner (login, or login@realm): its number, or its name in the header',
    helpValue: 'COLUMN',
  }),
  type: Flags.string({description: 'type of the tokens, where the file does not say or is wrong'}),
  hashlib: Flags.option({
    options: ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const,
    description: 'hash of the tokens, instead of what the file says or the length of the seed implies',
  })(),
  otplen: Flags.integer({
    aliases: ['digits'],
    description: 'digits of the tokens, where the file does not say',
    min: 4,
    max: 10,
  }),
  'time-step': Flags.integer({
    aliases: ['step'],
    description: 'seconds a step, where the file does not say',
    min: 1,
    max: 86_400,
  }),
  'strict-compat': Flags.boolean({description: 'read CSV files just as the originals, without our extensions'}),
}

export interface TokenFileFlags extends SecretFlags {
  format?: string | undefined
  'preshared-key-file'?: string | undefined
  'preshared-key'?: string | undefined
  'validate-mac'?: string | undefined
  'private-key-file'?: string | undefined
  'trust-cert'?: string | undefined
  lenient?: boolean | undefined
  'pgp-key-file'?: string | undefined
  'gnupg-home'?: string | undefined
  'source-key-file'?: string | undefined
  'serial-from'?: OpenTokenFileOptions['serialFrom']
  encoding?: string | undefined
  delimiter?: string | undefined
  'seed-encoding'?: OpenTokenFileOptions['seedEncoding']
  'user-column'?: string | undefined
  type?: string | undefined
  hashlib?: string | undefined
  otplen?: number | undefined
  'time-step'?: number | undefined
  'strict-compat'?: boolean | undefined
}

const macModes: Readonly<Record<string, 'hard' | 'none' | 'soft'>> = {
  check_fail_hard: 'hard',
  check_fail_soft: 'soft',
  no_check: 'none',
  hard: 'hard',
  soft: 'soft',
  none: 'none',
}

/**
 * What the flags say about reading a file. A password is read when the file turns out to need one.
 * @throws PiError USAGE, INVALID_INPUT
 */
export function tokenFileOptions(
  flags: TokenFileFlags,
  warn: (message: string) => void,
  configuredHome?: () => Promise<string | undefined>,
): OpenTokenFileOptions {
  return {
    format: flags.format,
    presharedKey: presharedKey(flags, warn),
    password: async () => {
      const given = ['password-file', 'password-fd', 'password-stdin'].some(
        (name) => flags[name as keyof TokenFileFlags] !== undefined,
      )
      return given || process.stdin.isTTY ? readPassword(flags, 'Password of the token file') : undefined
    },
    privateKey: readPem(flags['private-key-file']),
    trustAnchors: readPem(flags['trust-cert']),
    sourceKey: readBytes(flags['source-key-file']),
    lenient: flags.lenient,
    pgpKeyFile: flags['pgp-key-file'],
    gnupgHome: flags['gnupg-home'] === undefined ? configuredHome : async () => flags['gnupg-home'],
    serialFrom: flags['serial-from'],
    validateMac: macModes[flags['validate-mac'] ?? 'hard'],
    encoding: flags.encoding,
    delimiter: delimiterOf(flags.delimiter),
    seedEncoding: flags['seed-encoding'],
    userColumn: flags['user-column'],
    type: flags.type?.toLowerCase(),
    hashlib: flags.hashlib,
    otplen: flags.otplen,
    timeStep: flags['time-step'],
    strictCompat: flags['strict-compat'],
    stdin: process.stdin,
  }
}

/** @throws PiError INVALID_INPUT */
function readPem(path: string | undefined): string | undefined {
  return readBytes(path)?.toString('utf8')
}

/** @throws PiError INVALID_INPUT */
function readBytes(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    throw new PiError('INVALID_INPUT', `Cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'failed'}.`, {
      cause: error,
    })
  }
}

function presharedKey(flags: TokenFileFlags, warn: (message: string) => void): Uint8Array | undefined {
  const file = flags['preshared-key-file']
  if (file !== undefined) return readKey(readSecretFile(file), `The pre-shared key in ${file}`)
  const given = flags['preshared-key']
  if (given === undefined) return undefined
  warn('A key on the command line can be read by others; --preshared-key-file is safer.')
  return readKey(given, 'The pre-shared key')
}

/** Hex goes first: what is hex only is never meant as base64. */
export function readKey(text: string, what: string): Uint8Array {
  const compact = text.replace(/\s/g, '')
  if (/^(?:[0-9a-fA-F]{2})+$/.test(compact)) return Buffer.from(compact, 'hex')
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(compact) && compact.length % 4 === 0) return Buffer.from(compact, 'base64')
  // The key of an export of privacyIDEA is in the URL-safe alphabet.
  if (/^[\w-]+={0,2}$/.test(compact) && compact.replace(/=+$/, '').length % 4 !== 1)
    return Buffer.from(compact, 'base64url')
  throw new PiError('INVALID_INPUT', `${what} is neither hex nor base64.`)
}

function delimiterOf(text: string | undefined): string | undefined {
  if (text === undefined || text === 'auto') return undefined
  if (text === 'tab' || text === '\\t') return '\t'
  if ([...text].length === 1 && !/[\w"#\s-]/.test(text.replace('\t', ','))) return text
  throw new PiError('USAGE', 'A delimiter is one character, such as , or ; or tab.')
}
