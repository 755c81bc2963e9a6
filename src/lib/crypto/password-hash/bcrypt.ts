import {createHash, createHmac} from 'node:crypto'
import {PiError} from '../../errors.js'
import {encodeBcrypt64} from '../encodings.js'
import type {RandomSource} from '../random.js'
import type {DirectScheme, HashParameters} from './contract.js'
import {integerParameter} from './parameters.js'

const form = /^\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/

/** `$2b$<cost>$<22 salt><31 checksum>`, also `$2a$`, `$2y$`; only the first 72 bytes of the secret count. */
export const bcrypt: DirectScheme = {
  name: 'bcrypt',
  async verify(secret, stored) {
    return !secret.includes(0) && verifyBcrypt(secret, stored)
  },
  async create(secret, parameters, random) {
    if (secret.includes(0)) throw new PiError('INVALID_INPUT', 'A password for bcrypt must not contain NUL characters.')
    return createBcrypt(secret, parameters, random)
  },
}

const form2 = /^\$bcrypt-sha256\$v=2,t=(2[ab]),r=(\d{1,2})\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/
const form1 = /^\$bcrypt-sha256\$(2[ab]),(\d{1,2})\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/

/**
 * bcrypt of a digest, so that all of the secret counts (spec/02 §6.1). Version 2: base64 of HMAC-SHA-256 keyed with the
 * salt's text; version 1: base64 of SHA-256.
 */
export const bcryptSha256: DirectScheme = {
  name: 'bcrypt_sha256',
  async verify(secret, stored) {
    const second = form2.exec(stored)
    const [, ident, cost = '', salt = '', checksum = ''] = second ?? form1.exec(stored) ?? []
    if (!ident) return false
    const inner = second ? hmacOf(secret, salt) : createHash('sha256').update(secret).digest('base64')
    return verifyBcrypt(inner, `$${ident}$${cost.padStart(2, '0')}$${salt}${checksum}`)
  },
  async create(secret, parameters, random) {
    const {hash} = await import('@node-rs/bcrypt')
    const cost = costOf(parameters)
    const salt = await random(16)
    const saltText = encodeBcrypt64(salt)
    const stored = await hash(hmacOf(secret, saltText), cost, salt)
    return `$bcrypt-sha256$v=2,t=2b,r=${cost}$${saltText}$${stored.slice(29)}`
  },
}

async function verifyBcrypt(secret: Buffer | string, stored: string): Promise<boolean> {
  if (!form.test(stored)) return false
  const {verify} = await import('@node-rs/bcrypt')
  // The variants differ in bugs that this implementation never had.
  return verify(secret, `$2b$${stored.slice(4)}`)
}

async function createBcrypt(secret: Buffer, parameters: HashParameters, random: RandomSource): Promise<string> {
  const {hash} = await import('@node-rs/bcrypt')
  return hash(secret, costOf(parameters), await random(16))
}

function costOf(parameters: HashParameters): number {
  return integerParameter(parameters, ['rounds', 'default_rounds'], {preset: 12, min: 4, max: 31})
}

function hmacOf(secret: Buffer, saltText: string): string {
  return createHmac('sha256', saltText).update(secret).digest('base64')
}
