import type {KeyObject} from 'node:crypto'
import {pythonJson, type JsonValue} from './python-json.js'
import {signText, verifyText} from './signature.js'

type Body = {readonly [key: string]: JsonValue}

/** The text that is signed of a JSON body: its members sorted, without the signature (spec/02 §10.4). */
export function responseText(body: Body): string {
  const {signature: _signature, ...signed} = body
  return pythonJson(signed, {sortKeys: true})
}

/** The body with `signature` added; a `nonce` of the request must be in it already. */
export async function signResponse<B extends Body>(privateKey: KeyObject, body: B): Promise<B & {signature: string}> {
  return {...body, signature: await signText(privateKey, responseText(body))}
}

/** Whether a body, as parsed, carries the signature of that key. */
export function verifyResponse(publicKey: KeyObject, body: Body): boolean {
  const {signature} = body
  return typeof signature === 'string' && verifyText(publicKey, responseText(body), signature)
}
