import type {
  ChallengeEnv,
  CheckEnv,
  InfoValue,
  OtpOutcome,
  ResponseEnv,
  TokenChange,
  TokenView,
} from '../../src/lib/tokens/contract.js'
import type {Challenge} from '../../src/lib/types/challenge.js'

/** Key of the RFCs, as the originals store it. */
export const rfcSecret = Buffer.from('12345678901234567890').toString('hex')

type Mutable<T> = {-readonly [K in keyof T]: T[K]}

/** A token in memory; {@link applied} changes it as the services would. */
export type TestToken = Mutable<Omit<TokenView, 'info'>> & {info: Map<string, InfoValue>}

export function testToken(
  given: Partial<Omit<TestToken, 'info'>> & {info?: Readonly<Record<string, string | InfoValue>>} = {},
): TestToken {
  const {info = {}, ...rest} = given
  return {
    id: 1,
    serial: 'T1',
    type: 'hotp',
    description: '',
    active: true,
    failcount: 0,
    maxfail: 10,
    count: 0,
    otplen: 6,
    countWindow: 10,
    syncWindow: 1000,
    owner: undefined,
    ...rest,
    info: new Map(
      Object.entries(info).map(([key, value]) => [key, typeof value === 'string' ? {value, type: ''} : value]),
    ),
  }
}

export interface TestEnvironment {
  secret?: string
  userPin?: string
  now?: number
  config?: Readonly<Record<string, string>>
  options?: Readonly<Record<string, string>>
  pin?: string
  /** As releases since 3.9 compute time steps. */
  truncates?: boolean
  realmCheck?: CheckEnv['checkRealm']
}

export function testEnv(given: TestEnvironment = {}): CheckEnv {
  const {secret = rfcSecret, userPin = '', now = 0, config = {}, options = {}, pin = '', truncates = false} = given
  return {
    now,
    behaviour: {roundsTimeStep: !truncates, tagsInPrompts: false},
    config: (key) => config[key],
    secret: async () => secret,
    userPin: async () => userPin,
    infoSecret: async () => undefined,
    checkPin: async (text) => text === pin,
    option: (name) => options[name],
    random: async (length) => Buffer.alloc(length, 7),
    checkRealm: given.realmCheck ?? (async () => undefined),
  }
}

/** What a kind has sent. */
export interface SentMessage {
  to: string
  text: string
  subject?: string
  html?: boolean
  through: string | undefined
}

export interface TestChallenges extends TestEnvironment {
  policies?: Readonly<Record<string, string>>
  ownerInfo?: Record<string, string | string[]>
  sent?: SentMessage[]
  previous?: Challenge
}

export function challengeTestEnv(given: TestChallenges = {}): ChallengeEnv {
  const {policies = {}, ownerInfo = {}, sent = [], previous} = given
  const base = testEnv(given)
  return {
    ...base,
    previous,
    triggered: false,
    sharedTransaction: undefined,
    policyText: async (action) => policies[action],
    policyIsSet: async (action) => action in policies,
    messages: {
      sms: async ({phone, text}, through) => void sent.push({to: phone, text, through}),
      mail: async ({to, subject, text, html}, through) => void sent.push({to, subject, text, html, through}),
    },
    origin: {client: '10.0.0.1', userAgent: 'test/1.0'},
    validUntil: (seconds) => new Date(base.now + seconds * 1000).toISOString().slice(0, 19).replace('T', ' '),
    validityOf: () => 120,
    ownerInfo: async () => ownerInfo,
  }
}

export function responseTestEnv(challenge: Partial<Challenge>, given: TestChallenges = {}): ResponseEnv {
  return {...challengeTestEnv(given), challenge: testChallenge(challenge)}
}

export function testChallenge(given: Partial<Challenge> = {}): Challenge {
  return {
    id: 1,
    transactionId: '00000000000000000001',
    serial: 'T1',
    challenge: '',
    data: '',
    session: '',
    timestamp: 0,
    expiration: 120_000,
    receivedCount: 0,
    otpValid: false,
    ...given,
  }
}

/** The outcome, its changes carried out on the token. */
export function applied(token: TestToken, {accepted, changes}: OtpOutcome): boolean {
  for (const change of changes) apply(token, change)
  return accepted
}

function apply(token: TestToken, change: TokenChange): void {
  switch (change.change) {
    case 'count':
      token.count = change.to
      break
    case 'info':
      token.info.set(change.key, {value: change.value, type: change.type ?? ''})
      break
    case 'forget':
    case 'use-up':
      token.info.delete(change.key)
      break
    default:
      break
  }
}
