import {encodeBase32} from '../../lib/crypto/encodings.js'
import type {ImportedToken} from '../../lib/types/imported-token.js'
import type {TokenWriter, WriteOptions} from './contract.js'
import {seedBytes, seedProblem} from './seed.js'

const types = ['hotp', 'totp', 'daplug', 'daypassword', 'yubikey', 'spass', 'pw']

/** OATH CSV as the importer reads it; with owners version 2 (spec/04 §2). The originals read it too, but for the hash. */
export function oathCsvWriter({owners = false, base32 = false}: WriteOptions): TokenWriter {
  return {
    format: 'oath-csv',
    problem(token) {
      if (token.type === 'pw' || token.type === 'spass') {
        if (typeof token.secret !== 'string') return 'its secret is no text'
        return /[\r\n]/.test(token.secret) ? 'its secret has a line break' : undefined
      }
      return seedProblem(token, types)
    },
    begin: () => (owners ? '# version: 2\n' : ''),
    token(token) {
      const {login = '', resolver = '', realm = ''} = token.user ?? {}
      const owner = owners ? [login, resolver, realm || (token.realms?.[0] ?? '')] : []
      return `${[...owner, ...columns(token, base32)].map(cell).join(', ')}\n`
    },
    end: () => '',
  }
}

function columns(token: ImportedToken, base32: boolean): string[] {
  const {serial, type} = token
  const bytes = seedBytes(token)
  const stored = typeof token.secret === 'string' ? token.secret : ''
  if (type === 'pw' || type === 'spass') return [serial, stored, type]
  const seed = base32 && bytes && type !== 'yubikey' ? encodeBase32(bytes, {padded: false}) : stored
  const digits = String(token.otplen ?? 6)
  if (type === 'yubikey') return [serial, seed, type, digits]
  const moving = type === 'totp' || type === 'daypassword' ? (token.timeStep ?? 30) : (token.counter ?? 0)
  return [serial, seed, type, digits, String(moving), token.hashlib ?? 'sha1']
}

/** RFC 4180, where a cell needs it. */
function cell(text: string): string {
  return /[",]|^\s|\s$|^#/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
