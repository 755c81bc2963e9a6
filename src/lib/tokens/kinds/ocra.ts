import {createHash} from 'node:crypto'
import {sameText} from '../../crypto/compare.js'
import {ocra as ocraValue, parseOcraSuite, type OcraSuite} from '../../crypto/otp/ocra.js'
import {randomAlphanumeric, randomDigits} from '../../crypto/random.js'
import {refused, type ChallengeEnv, type TokenKind, type TokenView} from '../contract.js'
import {oathKey} from '../shared/oath.js'
import {qrDataUrl} from '../shared/qr.js'

const defaultSuite = 'OCRA-1:HOTP-SHA1-8:QH40'

function suiteOf(token: TokenView): OcraSuite {
  return parseOcraSuite(token.info.get('ocrasuite')?.value || defaultSuite)
}

/** A question as the suite asks for it. */
async function randomQuestion({question}: OcraSuite, env: ChallengeEnv): Promise<string> {
  const random = (length: number) => env.random(length)
  if (question.kind === 'N') return randomDigits(question.length, random)
  if (question.kind === 'A') return randomAlphanumeric(question.length, random)
  return (await env.random(Math.ceil(question.length / 2))).toString('hex').slice(0, question.length)
}

/** The text of a transaction, made into a question as the request wants it. */
async function givenQuestion(text: string, env: ChallengeEnv): Promise<string> {
  const extra = Number(env.option('addrandomchallenge') ?? 0)
  const added = extra > 0 ? await randomAlphanumeric(Math.min(extra, 512), (length) => env.random(length)) : ''
  const hash = env.option('hashchallenge')?.toLowerCase()
  if (hash === undefined) return text + added
  return createHash(hash === 'sha256' || hash === 'sha512' ? hash : 'sha1')
    .update(text + added, 'utf8')
    .digest('hex')
}

/** Challenge and response, RFC 6287, for suites that need nothing but the question (spec/06 §6). */
export const ocra: TokenKind = {
  type: 'ocra',
  serialPrefix: 'OCRA',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'always',
  async checkOtp() {
    return refused
  },
  async createChallenge(token, env) {
    const original = env.option('challenge')
    const question =
      original === undefined ? await randomQuestion(suiteOf(token), env) : await givenQuestion(original, env)
    const told = original === undefined ? {} : {original_challenge: original, qrcode: await qrDataUrl(original)}
    return {
      message: 'Please answer the challenge',
      challenge: {challenge: question, data: '', session: ''},
      ownTransaction: true,
      extra: {attributes: {challenge: question, ...told}},
    }
  },
  async checkResponse(token, pass, env) {
    const expected = ocraValue(await oathKey(token, env), suiteOf(token), {question: env.challenge.challenge})
    return {accepted: sameText(expected, pass), changes: []}
  },
}
