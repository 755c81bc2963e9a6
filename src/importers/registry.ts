import {PiError} from '../lib/errors.js'
import type {Head, Importer} from './contract.js'

type Load = () => Promise<Importer | readonly Importer[]>

/**
 * All formats in the order in which they are tried: what has a mark of its own first, what is recognised by its looks
 * last (spec/04 §1.4).
 */
const importers: readonly Load[] = [
  async () => (await import('./kinds/qr-image.js')).qrImage,
  async () => (await import('./kinds/authenticator-database.js')).authenticatorDatabase,
  async () => (await import('./kinds/ykksm.js')).ykksm,
  async () => (await import('./kinds/linotp.js')).linotp,
  async () => (await import('./kinds/stratum.js')).stratum,
  async () => (await import('./kinds/free-otp.js')).freeOtp,
  async () => (await import('./kinds/token-dump.js')).tokenDump,
  async () => (await import('./kinds/privacyidea-export.js')).privacyideaExport,
  async () => (await import('./kinds/pskc/index.js')).pskc,
  async () => (await import('./kinds/aladdin-xml.js')).aladdinXml,
  async () => (await import('./kinds/otpauth.js')).otpauth,
  async () => (await import('./kinds/aegis.js')).aegis,
  async () => (await import('./kinds/free-otp-plus.js')).freeOtpPlus,
  async () => (await import('./kinds/bitwarden.js')).bitwarden,
  async () => (await import('./kinds/ente.js')).ente,
  async () => (await import('./kinds/proton.js')).proton,
  async () => (await import('./kinds/authy.js')).authy,
  async () => (await import('./kinds/two-fas.js')).twoFas,
  async () => (await import('./kinds/and-otp.js')).andOtp,
  async () => (await import('./kinds/seed-sql.js')).seedSql,
  async () => (await import('./kinds/safeword-ldif.js')).safewordLdif,
  async () => (await import('./kinds/freeipa-ldif.js')).freeipaLdif,
  async () => (await import('./kinds/multiotp.js')).multiotp,
  async () => (await import('./kinds/janitor-yaml.js')).janitorYaml,
  async () => (await import('./kinds/oath-users.js')).oathUsers,
  async () => (await import('./kinds/google-pam.js')).googlePam,
  async () => (await import('./kinds/yubikey-csv.js')).yubikeyCsv,
  async () => (await import('./kinds/janitor-csv.js')).janitorCsv,
  async () => (await import('./kinds/vendor-csv.js')).vendorCsvs,
  async () => (await import('./kinds/oath-csv/index.js')).oathCsv,
]

/** Names for `--format`; kept here so that a command need not load every importer to say them. A test compares them. */
export const formatNames = [
  '2fas',
  'aegis',
  'aladdin-xml',
  'andotp',
  'authenticator-database',
  'authy',
  'bitwarden',
  'dump',
  'duo',
  'duo-totp',
  'duo-yubikey',
  'ente',
  'entra',
  'feitian',
  'feitian-totp',
  'freeipa-ldif',
  'freeotp',
  'freeotp-plus',
  'google-authenticator-pam',
  'janitor-csv',
  'janitor-yaml',
  'linotp',
  'multiotp',
  'oath-csv',
  'oath-users',
  'otpauth',
  'privacyidea-export',
  'proton',
  'pskc',
  'qr-png',
  'safeword-ldif',
  'seed-sql',
  'stratum',
  'ykksm',
  'yubikey-csv',
] as const

/** Every importer, in the order in which they are tried. */
export async function* allImporters(): AsyncIterable<Importer> {
  for (const load of importers) yield* [await load()].flat()
}

/**
 * The importer of that name, as we or the originals call it.
 * @throws PiError USAGE
 */
export async function importerNamed(name: string): Promise<Importer> {
  const wanted = name.trim().toLowerCase()
  for await (const importer of allImporters()) {
    if (importer.format === wanted || importer.aliases?.includes(wanted)) return importer
  }
  throw new PiError('USAGE', `There is no token file format '${name}'.`, {
    hints: [`Known are ${formatNames.join(', ')}`],
  })
}

/**
 * The first importer that recognises the file.
 * @throws PiError INVALID_INPUT
 */
export async function recognise(name: string, head: Head): Promise<Importer> {
  for await (const importer of allImporters()) {
    if (importer.detect(head)) return importer
  }
  throw new PiError('INVALID_INPUT', `${name} is in no format that is known here.`, {
    hints: ['If it should be, say so with --format; see docs/formats.md'],
  })
}
