import {RowError} from './rows.js'
import type {Account} from './software-token.js'
import {textOf, type Json} from './whole.js'

/** A token as FreeOTP and FreeOTP+ describe it; the secret is a list of signed bytes. @throws RowError */
export function freeOtpAccount(token: Record<string, Json>): Account {
  return freeOtpAccountWith(token, signedBytes(token['secret']))
}

/** The same with a secret that is kept elsewhere. */
export function freeOtpAccountWith(token: Record<string, Json>, secret: Uint8Array): Account {
  return {
    type: textOf(token['type']) ?? 'totp',
    secret,
    issuer: textOf(token['issuerExt']) ?? textOf(token['issuerInt']) ?? textOf(token['issuer']),
    account: textOf(token['label']),
    algorithm: textOf(token['algo']),
    digits: textOf(token['digits']),
    period: textOf(token['period']),
    counter: textOf(token['counter']),
  }
}

/** A list of bytes from −128 to 127, as Java writes them. @throws RowError */
export function signedBytes(value: Json | undefined): Buffer {
  if (
    !Array.isArray(value) ||
    !value.every((byte) => Number.isInteger(byte) && Number(byte) >= -128 && Number(byte) <= 255)
  ) {
    throw new RowError('the secret is no list of bytes')
  }
  return Buffer.from(value.map((byte) => Number(byte) & 0xff))
}
