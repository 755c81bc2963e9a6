import {parameterError} from '../../authenticate/errors.js'
import {refill} from '../../authenticate/offline-values.js'
import {decide} from '../../authenticate/service.js'
import type {Endpoint} from '../api.js'
import type {Call} from '../call.js'
import {successDocument} from '../envelope.js'

/** `/validate/offlinerefill`: more values for a machine that was offline (spec/08 §8.2). */
export const offlineRefill: Endpoint = async (call) => {
  const serial = required(call, 'serial')
  const refilltoken = required(call, 'refilltoken')
  const pass = required(call, 'pass')
  const {services, request} = call
  const item = await decide(services, call.loginRequest(), async (session) => {
    const row = await session.tokens.bySerial(serial)
    const [token] = row ? await session.prepare([row]) : []
    if (!token) throw parameterError('The token does not exist')
    return refill(session, token, {pass, refilltoken})
  })
  const document = successDocument({id: 1, value: true}, services.behaviour, request.now)
  return {status: 200, document: {...document, auth_items: {offline: [item]}}}
}

function required(call: Call, name: string): string {
  const value = call.text(name)
  if (value === undefined) throw parameterError(`Missing parameter: '${name}'`)
  return value
}
