import {PiError} from '../../lib/errors.js'
import type {TokenWriter, WriteOptions} from './contract.js'

type Make = (options: WriteOptions) => Promise<TokenWriter>

const writers: Readonly<Record<string, Make>> = {
  dump: async () => (await import('./dump.js')).dumpWriter(),
  'oath-csv': async (options) => (await import('./oath-csv.js')).oathCsvWriter(options),
  otpauth: async () => (await import('./otpauth.js')).otpauthWriter(),
  pskc: async (options) => {
    const writer = (await import('./pskc.js')).pskcWriter(options)
    return options.signer ? (await import('./pskc-signature.js')).signedPskc(writer, options.signer) : writer
  },
  qr: async () => (await import('./qr.js')).qrWriter(),
  yaml: async (options) => (await import('./yaml.js')).yamlWriter(options),
}

/** Names of the formats that can be written. */
export const writtenFormats = ['dump', 'oath-csv', 'otpauth', 'pskc', 'qr', 'yaml'] as const

/** @throws PiError USAGE */
export async function makeWriter(format: string, options: WriteOptions = {}): Promise<TokenWriter> {
  const make = Object.hasOwn(writers, format) ? writers[format] : undefined
  if (make) return make(options)
  throw new PiError('USAGE', `Tokens cannot be written as '${format}'.`, {
    hints: [`Known are ${writtenFormats.join(', ')}`],
  })
}
