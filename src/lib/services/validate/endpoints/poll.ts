import {ChallengeRepository} from '../../../store/challenges.js'
import {CheckTokenRepository} from '../../../store/check-tokens.js'
import type {Challenge} from '../../../types/challenge.js'
import {parameterError} from '../../authenticate/errors.js'
import {requireApiKey} from '../api-key.js'
import type {Endpoint} from '../api.js'
import {mangle} from '../before.js'
import type {Call} from '../call.js'
import {successDocument} from '../envelope.js'

/** Mark of a challenge that the user has refused on his phone. */
const declined = 'challenge_declined'

/** `/validate/polltransaction`: has a challenge been answered elsewhere, e.g. on a phone? (spec/08 §8.1) */
export const pollTransaction: Endpoint = async (call, {secretKey}) => {
  await mangle(call)
  await requireApiKey(call, secretKey)
  const transactionId = call.text('transaction_id')
  if (transactionId === undefined) throw parameterError("Missing parameter: 'transaction_id'")
  const {services, request} = call
  const rows = await new ChallengeRepository(services.db).ofTransaction(transactionId)
  const open = rows.filter(({expiration}) => request.now < expiration)
  const answered = open.filter(({otpValid}) => otpValid)
  const value = answered.length > 0
  const status = value ? 'accept' : open.some(isDeclined) ? 'declined' : 'pending'
  await tellAudit(call, answered.length > 0 ? answered : open)
  const {behaviour} = services
  const told = `transaction_id: ${transactionId}`
  if (!behaviour.tellsMore) {
    call.audit.set({success: value, info: told})
    return {status: 200, document: successDocument({id: 1, value}, behaviour, request.now)}
  }
  call.audit.set({success: value, info: `status: ${status}`, actionDetail: told})
  const detail = {challenge_status: status}
  return {status: 200, document: successDocument({id: 2, value, detail}, behaviour, request.now)}
}

function isDeclined({data, session}: Challenge): boolean {
  return data === declined || session === declined
}

/** The tokens, and the owner of the first. */
async function tellAudit(call: Call, challenges: readonly Challenge[]): Promise<void> {
  const [first] = challenges
  if (!first) return
  call.audit.set({serial: challenges.map(({serial}) => serial).join(',')})
  const token = await new CheckTokenRepository(call.services.db).bySerial(first.serial)
  const owner = token?.owner
  if (!owner) return
  const found = await call.services.users.getUser(owner.userId, owner.resolver)
  if (found.state !== 'found') return
  const realm = owner.realmId === undefined ? '' : (call.config.realmName(owner.realmId) ?? '')
  call.audit.setUser({login: found.login, realm, resolver: owner.resolver})
}
