import type {Schema} from '../../db/database.js'
import type {TokenBehaviour} from '../../tokens/contract.js'

/** What differs between releases in a check; decided once, by the schema of the database (spec/05 §17, spec/08 §12). */
export interface Behaviour extends TokenBehaviour {
  /** Product and release as answers name them, e.g. `privacyIDEA 3.8`. */
  readonly version: string
  readonly versionNumber: string
  /** Whether the release is that old, or newer. */
  isAtLeast(...version: number[]): boolean
  /** Since 3.9 a password shorter than an OTP value is not checked at all. */
  readonly needsFullOtp: boolean
  /** Since 3.9 the answer says when nothing was left to check, and polling tells more. */
  readonly tellsMore: boolean
  /** Since 3.10 the policy `authorized` guards RADIUS too. */
  readonly authorizesRadius: boolean
  /** Since 3.10 `too long ago` instead of `to long ago`. */
  readonly spellsTooLong: boolean
  /** Since 3.11.1 last_auth always has microseconds, and its offset no colon. */
  readonly compactLastAuth: boolean
  /** Since 3.11.1 `authentication` looks into object values and prefers open challenges. */
  readonly authenticationLooksInside: boolean
  /** Since 3.14 challenge data is an encrypted JSON object. */
  readonly encryptsChallengeData: boolean
}

export function behaviourOf(schema: Schema): Behaviour {
  // eduMFA left privacyIDEA at 3.9 and kept its behaviour.
  const isAtLeast = schema.product === 'edumfa' ? atLeast('3.9') : atLeast(schema.version)
  return {
    version: `${schema.product === 'edumfa' ? 'eduMFA' : 'privacyIDEA'} ${schema.version}`,
    versionNumber: schema.version,
    isAtLeast,
    tagsInPrompts: isAtLeast(3, 10),
    roundsTimeStep: !isAtLeast(3, 9),
    needsFullOtp: isAtLeast(3, 9),
    tellsMore: isAtLeast(3, 9),
    authorizesRadius: isAtLeast(3, 10),
    spellsTooLong: isAtLeast(3, 10),
    compactLastAuth: isAtLeast(3, 11, 1),
    authenticationLooksInside: isAtLeast(3, 11, 1),
    encryptsChallengeData: isAtLeast(3, 14),
  }
}

function atLeast(version: string): (...wanted: number[]) => boolean {
  const have = (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '3.8').split('.').map(Number)
  return (...wanted) => {
    for (const [index, part] of wanted.entries()) {
      const own = have[index] ?? 0
      if (own !== part) return own > part
    }
    return true
  }
}
