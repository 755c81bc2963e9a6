import type {TokenKind} from './contract.js'

/** The types of tokens that can be checked, loaded when first used. */
const kinds: Readonly<Record<string, () => Promise<TokenKind>>> = {
  hotp: async () => (await import('./kinds/hotp.js')).hotp,
  pw: async () => (await import('./kinds/pw.js')).pw,
  spass: async () => (await import('./kinds/spass.js')).spass,
  totp: async () => (await import('./kinds/totp.js')).totp,
}

export const tokenTypes: readonly string[] = Object.keys(kinds)

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
