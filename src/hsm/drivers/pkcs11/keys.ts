import type {Handle, PKCS11, Template} from 'pkcs11js'
import {PiError} from '../../../lib/errors.js'
import {CKR, returnCodeOf} from './errors.js'
import type {Pkcs11Js} from './library.js'

/** A key as `hsm list` shows it. */
export interface KeyReport {
  kind: 'secret' | 'public' | 'private'
  label: string
  /** CKA_ID in hex. */
  id: string
  type: string
  /** Bits; absent when the token does not tell. */
  bits?: number
  token: boolean
  private: boolean
  sensitive: boolean
  extractable: boolean
  /** Never left the token since it was made in it; absent when the token does not tell. */
  neverExtractable?: boolean
  encrypt: boolean
  decrypt: boolean
}

/** Handles of the keys that a template fits, in the token's order. */
export function findKeys(p11: PKCS11, session: Handle, template: Template, limit = 64): Handle[] {
  p11.C_FindObjectsInit(session, template)
  try {
    const found: Handle[] = []
    for (;;) {
      const some = p11.C_FindObjects(session, limit)
      found.push(...some)
      if (some.length < limit) return found
    }
  } finally {
    p11.C_FindObjectsFinal(session)
  }
}

/** AES keys of a label, as the original looks for them: CKO_SECRET_KEY and CKA_LABEL (spec/02 §11.3). */
export function secretKeyTemplate(js: Pkcs11Js, label: string): Template {
  return [
    {type: js.CKA_CLASS, value: js.CKO_SECRET_KEY},
    {type: js.CKA_LABEL, value: label},
  ]
}

/** An RSA key by CKA_ID, one byte, or by CKA_LABEL (spec/02 §11.4). */
export function rsaKeyTemplate(
  js: Pkcs11Js,
  kind: 'public' | 'private',
  {keyId, keyLabel}: {keyId?: number | undefined; keyLabel?: string | undefined},
): Template {
  const template: Template = [{type: js.CKA_CLASS, value: kind === 'private' ? js.CKO_PRIVATE_KEY : js.CKO_PUBLIC_KEY}]
  if (keyId) template.push({type: js.CKA_ID, value: Buffer.from([keyId])})
  else if (keyLabel) template.push({type: js.CKA_LABEL, value: keyLabel})
  return template
}

/** An AES-256 key that never leaves the token, with the attributes that the original gives it (spec/02 §11.3). */
export function generateAesKey(js: Pkcs11Js, p11: PKCS11, session: Handle, label: string): Handle {
  return p11.C_GenerateKey(session, {mechanism: js.CKM_AES_KEY_GEN}, [
    ...aesAttributes(js, label),
    {type: js.CKA_VALUE_LEN, value: 32},
  ])
}

/** Puts an existing AES-256 key into the token, for good: it cannot be read out again. */
export function importAesKey(js: Pkcs11Js, p11: PKCS11, session: Handle, label: string, key: Buffer): Handle {
  return p11.C_CreateObject(session, [...aesAttributes(js, label), {type: js.CKA_VALUE, value: key}])
}

function aesAttributes(js: Pkcs11Js, label: string): Template {
  return [
    {type: js.CKA_CLASS, value: js.CKO_SECRET_KEY},
    {type: js.CKA_KEY_TYPE, value: js.CKK_AES},
    {type: js.CKA_LABEL, value: label},
    {type: js.CKA_TOKEN, value: true},
    {type: js.CKA_PRIVATE, value: true},
    {type: js.CKA_SENSITIVE, value: true},
    {type: js.CKA_ENCRYPT, value: true},
    {type: js.CKA_DECRYPT, value: true},
    {type: js.CKA_WRAP, value: true},
    {type: js.CKA_UNWRAP, value: true},
    {type: js.CKA_EXTRACTABLE, value: false},
  ]
}

/** Modulus of an RSA key, in bytes. @throws PiError CONFIG when the object has none */
export function modulusBytes(js: Pkcs11Js, p11: PKCS11, session: Handle, key: Handle): number {
  const modulus = attribute(p11, session, key, js.CKA_MODULUS)
  if (modulus && modulus.length > 0) return modulus[0] === 0 ? modulus.length - 1 : modulus.length
  throw new PiError('CONFIG', 'The key in the token is not an RSA key.')
}

/** Everything about the keys in a token that does not leave it. */
export function reportKeys(js: Pkcs11Js, p11: PKCS11, session: Handle): KeyReport[] {
  const kinds = [
    {kind: 'secret', value: js.CKO_SECRET_KEY},
    {kind: 'public', value: js.CKO_PUBLIC_KEY},
    {kind: 'private', value: js.CKO_PRIVATE_KEY},
  ] as const
  return kinds.flatMap(({kind, value}) =>
    findKeys(p11, session, [{type: js.CKA_CLASS, value}]).map((key) => reportKey(js, p11, session, key, kind)),
  )
}

function reportKey(js: Pkcs11Js, p11: PKCS11, session: Handle, key: Handle, kind: KeyReport['kind']): KeyReport {
  const get = (type: number): Buffer | undefined => attribute(p11, session, key, type)
  const flag = (type: number): boolean => get(type)?.[0] === 1
  const bits = keyBits(js, get)
  const neverExtractable = get(js.CKA_NEVER_EXTRACTABLE)
  return {
    kind,
    label: get(js.CKA_LABEL)?.toString('utf8') ?? '',
    id: get(js.CKA_ID)?.toString('hex') ?? '',
    type: keyType(js, get(js.CKA_KEY_TYPE)),
    ...(bits !== undefined && {bits}),
    token: flag(js.CKA_TOKEN),
    private: flag(js.CKA_PRIVATE),
    sensitive: flag(js.CKA_SENSITIVE),
    // A token that does not tell must not look safe.
    extractable: kind !== 'public' && get(js.CKA_EXTRACTABLE)?.[0] !== 0,
    ...(neverExtractable && {neverExtractable: neverExtractable[0] === 1}),
    encrypt: flag(js.CKA_ENCRYPT),
    decrypt: flag(js.CKA_DECRYPT),
  }
}

function keyBits(js: Pkcs11Js, get: (type: number) => Buffer | undefined): number | undefined {
  const length = get(js.CKA_VALUE_LEN)
  if (length && length.length >= 4) return length.readUInt32LE() * 8
  const modulus = get(js.CKA_MODULUS)
  return modulus && modulus.length > 0 ? modulus.length * 8 : undefined
}

function keyType(js: Pkcs11Js, value: Buffer | undefined): string {
  const number = value && value.length >= 4 ? value.readUInt32LE() : undefined
  if (number === js.CKK_AES) return 'AES'
  if (number === js.CKK_RSA) return 'RSA'
  if (number === js.CKK_EC) return 'EC'
  if (number === js.CKK_GENERIC_SECRET) return 'generic'
  return number === undefined ? 'unknown' : `0x${number.toString(16)}`
}

/** Undefined when the token does not have or does not tell the attribute. */
function attribute(p11: PKCS11, session: Handle, key: Handle, type: number): Buffer | undefined {
  try {
    return p11.C_GetAttributeValue(session, key, [{type}])[0]?.value
  } catch (error) {
    const rv = returnCodeOf(error)
    if (rv === CKR.attributeSensitive || rv === CKR.attributeTypeInvalid) return undefined
    throw error
  }
}
