import type {Challenge, NewChallenge} from '../types/challenge.js'
import type {UserInfo} from '../types/user.js'

/** One detail of a token as stored; `type` is `password` when the value is encrypted under the config key. */
export interface InfoValue {
  value: string
  type: string
  /** Id of the row; absent for a detail that this check has set. */
  id?: number
}

/** A token as a kind sees it during a check. Kinds never write to it: they answer with {@link TokenChange}s. */
export interface TokenView {
  readonly id: number
  readonly serial: string
  /** Lower case, as a registry knows it. */
  readonly type: string
  readonly description: string
  readonly active: boolean
  readonly failcount: number
  readonly maxfail: number
  /** HOTP: the next counter expected. TOTP and mOTP: the last time step used. */
  readonly count: number
  /** Characters of an OTP value. */
  readonly otplen: number
  readonly countWindow: number
  readonly syncWindow: number
  readonly info: ReadonlyMap<string, InfoValue>
  readonly owner: {userId: string; resolver: string; realm: string | undefined} | undefined
}

/** What a check changes on its token; the service stores all of it or, when another check was faster, nothing. */
export type TokenChange =
  /** Moves the counter, provided it still has the value that was read. */
  | {change: 'count'; to: number}
  | {change: 'info'; key: string; value: string; type?: string}
  | {change: 'forget'; key: string}
  /** Deletes a detail that may be used once; whoever comes second is refused. */
  | {change: 'use-up'; key: string}
  /** Deletes other open challenges of the token that hold the value which was just used. */
  | {change: 'drop-challenges'; data: string}
  /** Deletes the token, once. */
  | {change: 'delete'}
  /** Writes all details anew, which leaves no NULL in their types. */
  | {change: 'rewrite-info'}

/** Whether a one-time password (or what stands for one) is right, and what that changes. */
export interface OtpOutcome {
  accepted: boolean
  changes: readonly TokenChange[]
}

export const refused: OtpOutcome = {accepted: false, changes: []}

/** Outcome of a password that is checked as a whole instead of being split into PIN and OTP. */
export interface PassOutcome extends OtpOutcome {
  pinMatched: boolean
  /** Entries for `detail` of the answer, kept whatever the outcome (spec/05 §14.2). */
  reply?: Readonly<Record<string, unknown>>
}

/** How releases differ where a kind is concerned. */
export interface TokenBehaviour {
  /** Up to 3.8 TOTP takes the nearest time step, later the current one (spec/06 §1.3). */
  roundsTimeStep: boolean
  /** Since 3.10 some prompts have lost their colon, and prompts may hold tags (spec/05 §14.10). */
  tagsInPrompts: boolean
}

/** What a kind may use while it checks one token. Time is a value, secrets come decrypted. */
export interface CheckEnv {
  /** Milliseconds since 1970, UTC. */
  readonly now: number
  readonly behaviour: TokenBehaviour
  /** A setting of the system configuration. */
  config(key: string): string | undefined
  /** The secret as text: hex for OATH kinds, the password itself for others. @throws PiError INTEGRITY, UNAVAILABLE */
  secret(): Promise<string>
  /** The smartcard PIN, for mOTP. @throws PiError INTEGRITY, UNAVAILABLE */
  userPin(): Promise<string>
  /** A detail of type `password`. @throws PiError INTEGRITY, UNAVAILABLE */
  infoSecret(key: string): Promise<string | undefined>
  /** Whether the text is the PIN, in the way the policies want it checked. */
  checkPin(pin: string): Promise<boolean>
  /** A non-empty text parameter of the request. */
  option(name: string): string | undefined
  random(length: number): Promise<Buffer>
  readonly checkRealm: RealmCheck
}

/** A challenge that a kind wants to be made. */
export interface ChallengeDraft {
  /** Shown to the user. */
  message: string
  /** What is stored; transaction id, serial and times are the service's business. */
  challenge: Pick<NewChallenge, 'challenge' | 'data' | 'session'>
  /** Seconds; absent: the configured validity of the kind. */
  validitySeconds?: number
  /** Entries beside the common ones in `multi_challenge`. */
  extra?: Readonly<Record<string, unknown>>
  /** Take a new transaction id even when others in the request share one. */
  ownTransaction?: boolean
  changes?: readonly TokenChange[]
  /**
   * Sends something to the user; runs when the changes are stored. When it fails there is no challenge, and `failure` is
   * told in place of the prompt.
   */
  deliver?: () => Promise<void>
  /** What to say then. */
  failure?: string
}

/** A password that several kinds check against the tokens of others. */
export interface RealmCheck {
  /**
   * Checks a password against all active, assigned tokens of a realm but those of the kind that asks; failures count on
   * them as on any login.
   * @returns the serial of the one token that fits
   */
  (realm: string, pass: string): Promise<string | undefined>
}

/** What the user is sent. */
export interface MessagePort {
  /** @throws PiError when it could not be sent */
  sms(message: {phone: string; text: string}, gateway: string | undefined): Promise<void>
  /** @throws PiError when it could not be sent */
  mail(message: {to: string; subject: string; text: string; html: boolean}, server: string | undefined): Promise<void>
}

export interface ChallengeEnv extends CheckEnv {
  /** The challenge whose answer led to this one. */
  readonly previous: Challenge | undefined
  /** A text or number from a policy of scope authentication. @param options.noted tell the audit which policy it was */
  policyText(action: string, options?: {noted?: boolean}): Promise<string | undefined>
  /** Whether a policy of scope authentication switches something on; told to the audit. */
  policyIsSet(action: string): Promise<boolean>
  readonly messages: MessagePort
  /** Where the request came from, for tags in texts. */
  readonly origin: {client: string; userAgent: string}
  /** An administrator asked for it, not a password. */
  readonly triggered: boolean
  /** Transaction id that earlier challenges of the same request share. */
  readonly sharedTransaction: string | undefined
  /** When a challenge made now expires, as the originals tell it: local time. */
  validUntil(seconds: number): string
  /** Validity of challenges of a kind, in seconds. */
  validityOf(type: string): number
  /** Attributes of the token's owner; empty without one. */
  ownerInfo(): Promise<UserInfo>
}

/** Answer to a challenge of one token. */
export interface ResponseOutcome extends OtpOutcome {
  /**
   * The answer was right, and another question follows (spec/05 §14.5): `data` is stored with it, and the answered
   * challenge stays, as answered, or goes.
   */
  further?: {data: string; keepsAnswered: boolean} | undefined
}

export interface ResponseEnv extends ChallengeEnv {
  /** The unexpired challenge that is being answered. */
  readonly challenge: Challenge
}

/** `client_mode` of a challenge: how the client answers it. */
export type ClientMode = 'interactive' | 'webauthn' | 'poll' | 'u2f'

/** A type of token. Abilities that a type does not have are absent. */
export interface TokenKind {
  readonly type: string
  /** Start of serials, e.g. `OATH`. */
  readonly serialPrefix: string
  readonly clientMode: ClientMode
  /** Whether `/validate/triggerchallenge` may challenge it. */
  readonly challengeable: boolean
  /** Failures to answer do not count, because the answer comes another way. */
  readonly outOfBand?: boolean
  /** When the PIN alone asks for a challenge (spec/05 §3). */
  readonly challengeByPin: 'policy' | 'always' | 'never'
  /** Whether the password asks for a challenge in another way than being the PIN; `data` is stored with the challenge. */
  asksForChallenge?(token: TokenView, pass: string, env: CheckEnv): Promise<{data: string} | undefined>
  /** The password is never an answer to a challenge. */
  readonly ignoresTransactions?: boolean
  /** A disabled token is left out before anything is looked at. */
  readonly skippedWhenDisabled?: boolean
  /** Characters at the end (or start) of the password that are the OTP; absent: `otplen`. */
  otpCharacters?(token: TokenView): number
  /** Checks an OTP value without PIN. Pure apart from what `env` does. */
  checkOtp(token: TokenView, otp: string, env: CheckEnv): Promise<OtpOutcome>
  /** Checks the whole password instead of splitting it. */
  checkPass?(token: TokenView, pass: string, env: CheckEnv): Promise<PassOutcome>
  /** Whether the value is the one used last, for a hint in the message. */
  isPreviousOtp?(token: TokenView, otp: string, env: CheckEnv): Promise<boolean>
  /** @param data what {@link asksForChallenge} gave; empty for a challenge by PIN */
  createChallenge?(token: TokenView, env: ChallengeEnv, data: string): Promise<ChallengeDraft>
  /** Checks an answer to a challenge; absent: the answer is an OTP value. */
  checkResponse?(token: TokenView, pass: string, env: ResponseEnv): Promise<ResponseOutcome>
  /** What a successful login changes beyond counters. */
  afterSuccess?(token: TokenView): readonly TokenChange[]
  /** What is done after a successful login was stored; a failure is only reported. */
  afterLogin?(token: TokenView, env: ChallengeEnv): Promise<void>
  /** Sets the counter by two values in sequence. */
  resync?(token: TokenView, otp1: string, otp2: string, env: CheckEnv): Promise<OtpOutcome>
}
