import type {TokenKind} from './contract.js'

/** The types of tokens that can be checked, loaded when first used. */
const kinds: Readonly<Record<string, () => Promise<TokenKind>>> = {
  '4eyes': async () => (await import('./kinds/4eyes.js')).fourEyes,
  applspec: async () => (await import('./kinds/applspec.js')).applspec,
  certificate: async () => (await import('./kinds/certificate.js')).certificate,
  daplug: async () => (await import('./kinds/daplug.js')).daplug,
  daypassword: async () => (await import('./kinds/daypassword.js')).daypassword,
  email: async () => (await import('./kinds/email.js')).email,
  hotp: async () => (await import('./kinds/hotp.js')).hotp,
  indexedsecret: async () => (await import('./kinds/indexedsecret.js')).indexedsecret,
  motp: async () => (await import('./kinds/motp.js')).motp,
  ocra: async () => (await import('./kinds/ocra.js')).ocra,
  paper: async () => (await import('./kinds/paper.js')).paper,
  pw: async () => (await import('./kinds/pw.js')).pw,
  question: async () => (await import('./kinds/question.js')).question,
  registration: async () => (await import('./kinds/registration.js')).registration,
  sms: async () => (await import('./kinds/sms.js')).sms,
  spass: async () => (await import('./kinds/spass.js')).spass,
  sshkey: async () => (await import('./kinds/sshkey.js')).sshkey,
  tan: async () => (await import('./kinds/tan.js')).tan,
  totp: async () => (await import('./kinds/totp.js')).totp,
  vasco: async () => (await import('./kinds/vasco.js')).vasco,
  yubikey: async () => (await import('./kinds/yubikey.js')).yubikey,
}

const loaded = new Map<string, Promise<TokenKind>>()

/** The stored type in the spelling of the registry: old rows have upper case, and `HMAC` for `hotp`. */
export function normalizeType(stored: string): string {
  const lower = stored.toLowerCase()
  return lower === 'hmac' ? 'hotp' : lower
}

/** @returns undefined for a type that cannot be checked; such tokens are passed over (spec/05 §2) */
export async function tokenKind(type: string): Promise<TokenKind | undefined> {
  const load = kinds[type]
  if (!load) return undefined
  let kind = loaded.get(type)
  if (!kind) loaded.set(type, (kind = load()))
  return kind
}
