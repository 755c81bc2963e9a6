import {refused, type CheckEnv, type TokenKind, type TokenView} from '../contract.js'

/** Realm → how many tokens of it are needed. */
function required(token: TokenView): Map<string, number> {
  const needed = new Map<string, number>()
  for (const part of (token.info.get('4eyes')?.value ?? '').split(',')) {
    const [realm = '', count = ''] = part.split(':').map((text) => text.trim())
    if (realm !== '' && /^\d+$/.test(count)) needed.set(realm, Number(count))
  }
  return needed
}

type Used = Readonly<Record<string, readonly string[]>>

function readUsed(data: string): Used {
  if (data === '') return {}
  try {
    return JSON.parse(data) as Used
  } catch {
    return {}
  }
}

/** As Python writes it: the original reads it. */
function writeUsed(used: Used): string {
  const realms = Object.entries(used).map(
    ([realm, serials]) => `${JSON.stringify(realm)}: [${serials.map((serial) => JSON.stringify(serial)).join(', ')}]`,
  )
  return realms.length === 0 ? '' : `{${realms.join(', ')}}`
}

/** Realms of which tokens are still wanted. */
function lacking(token: TokenView, used: Used): string[] {
  return [...required(token)].filter(([realm, count]) => (used[realm]?.length ?? 0) < count).map(([realm]) => realm)
}

/** Lets a password of another token count for every realm that still needs one. */
async function addToken(token: TokenView, used: Used, pass: string, env: CheckEnv): Promise<Used | undefined> {
  let added: Record<string, readonly string[]> | undefined
  for (const realm of lacking(token, used)) {
    const serial = await env.checkRealm(realm, pass)
    const before = used[realm] ?? []
    if (serial === undefined || before.includes(serial)) continue
    added = {...(added ?? used), [realm]: [...before, serial]}
  }
  return added
}

/** Needs the tokens of several people of given realms, at once or one after the other (spec/06 §8). */
export const fourEyes: TokenKind = {
  type: '4eyes',
  serialPrefix: 'PI4E',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'always',
  async checkOtp() {
    return refused
  },
  /** The password of one of the tokens begins the dialogue too. */
  async asksForChallenge(token, pass, env) {
    const used = await addToken(token, {}, pass, env)
    return used && {data: writeUsed(used)}
  },
  /** All passwords in one, separated; each is tried in every realm, and used up even when others are missing. */
  async checkPass(token, pass, env) {
    const separator = token.info.get('separator')?.value || ' '
    const parts = pass.split(separator)
    for (const [realm, count] of required(token)) {
      const serials = new Set<string>()
      for (const part of parts) {
        const serial = await env.checkRealm(realm, part)
        if (serial !== undefined) serials.add(serial)
      }
      if (serials.size >= count) continue
      const foureyes = `Only found ${serials.size} tokens in realm ${realm}`
      return {accepted: false, pinMatched: true, changes: [], reply: {foureyes}}
    }
    return {accepted: true, pinMatched: true, changes: []}
  },
  async createChallenge(token, env, data) {
    const message = `Please authenticate with another token from either realm: ${lacking(token, readUsed(data)).join(', ')}.`
    return {
      message,
      challenge: {challenge: message, data, session: ''},
      ownTransaction: !env.triggered,
      extra: {attributes: {valid_until: env.validUntil(env.validityOf('4eyes'))}},
    }
  },
  async checkResponse(token, pass, env) {
    const used = await addToken(token, readUsed(env.challenge.data), pass, env)
    if (!used) return refused
    return {
      accepted: true,
      changes: [],
      further: lacking(token, used).length > 0 ? {data: writeUsed(used), keepsAnswered: true} : undefined,
    }
  },
}
