import {createPublicKey, createHash, randomBytes} from 'node:crypto'
import type {Handle, PKCS11, Template} from 'pkcs11js'
import type {Digest, Signer} from '../lib/ca/shared/signature.js'
import type {Settings} from '../lib/config/settings.js'
import {PiError} from '../lib/errors.js'
import {findKeys} from './drivers/pkcs11/keys.js'
import type {Pkcs11Js} from './drivers/pkcs11/library.js'
import {Token, type TokenSession} from './drivers/pkcs11/index.js'
import {readPasswordFile} from './password.js'
import {parsePkcs11Uri, type Pkcs11Uri} from './pkcs11-uri.js'

/** Where the PIN of the token comes from. */
export interface PinSource {
  /** Given with the command; tried first. */
  known: string | undefined
  /** Asks a person, when nothing else tells. */
  ask(what: string): Promise<string>
}

/** Headers of DigestInfo (RFC 8017 §9.2, note 1), which CKM_RSA_PKCS does not make. */
const digestInfo: Readonly<Record<Digest, string>> = {
  sha1: '3021300906052b0e03021a05000414',
  sha224: '302d300d06096086480165030402040500041c',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

/**
 * Opens a private key in a PKCS#11 token for signing; the key stays there.
 * @param uri RFC 7512; without `module-path` the library of the installation (PI_HSM_MODULE_MODULE)
 * @throws PiError CONFIG (no such library, token, key), REFUSED (PIN), UNAVAILABLE
 */
export async function openSigningKey(uri: string, settings: Settings, pin: PinSource): Promise<Signer> {
  const wanted = parsePkcs11Uri(uri)
  const token = await openToken(wanted, settings, pin)
  try {
    const {keyType, publicKey} = await token.run('Looking for the CA key', ({js, p11, handle}) => {
      privateKey(js, p11, handle, wanted, token)
      return readPublicKey(js, p11, handle, wanted)
    })
    return {
      keyType,
      publicKey,
      sign: (data, digest) =>
        token.run('Signing', (session) => signWith(session, wanted, token, keyType, data, digest)),
      close: () => token.close(),
    }
  } catch (error) {
    await token.close()
    throw error
  }
}

/**
 * Makes an RSA key pair in a token, which cannot be read out of it.
 * @throws PiError ALREADY_EXISTS (a key of that name), CONFIG, REFUSED, UNAVAILABLE
 */
export async function createSigningKey(uri: string, settings: Settings, pin: PinSource, bits: number): Promise<void> {
  const wanted = parsePkcs11Uri(uri)
  const token = await openToken(wanted, settings, pin)
  try {
    await token.change('Making the CA key', ({js, p11, handle}) => {
      if (findKeys(p11, handle, keyTemplate(js, js.CKO_PRIVATE_KEY, wanted)).length > 0) {
        throw new PiError('ALREADY_EXISTS', `The ${token.description} has a key of this name already.`, {
          hints: ['Take another object=… in the URI'],
        })
      }
      const id = wanted.id ?? randomBytes(8)
      const label = wanted.object ?? id.toString('hex')
      const common: Template = [
        {type: js.CKA_KEY_TYPE, value: js.CKK_RSA},
        {type: js.CKA_LABEL, value: label},
        {type: js.CKA_ID, value: id},
        {type: js.CKA_TOKEN, value: true},
      ]
      p11.C_GenerateKeyPair(
        handle,
        {mechanism: js.CKM_RSA_PKCS_KEY_PAIR_GEN},
        [
          ...common,
          {type: js.CKA_CLASS, value: js.CKO_PUBLIC_KEY},
          {type: js.CKA_MODULUS_BITS, value: bits},
          {type: js.CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1])},
          {type: js.CKA_VERIFY, value: true},
        ],
        [
          ...common,
          {type: js.CKA_CLASS, value: js.CKO_PRIVATE_KEY},
          {type: js.CKA_PRIVATE, value: true},
          {type: js.CKA_SENSITIVE, value: true},
          {type: js.CKA_EXTRACTABLE, value: false},
          {type: js.CKA_SIGN, value: true},
        ],
      )
    })
  } finally {
    await token.close()
  }
}

async function openToken(wanted: Pkcs11Uri, settings: Settings, pin: PinSource): Promise<Token> {
  const library = wanted.modulePath ?? settings.path('PI_HSM_MODULE_MODULE')
  if (library === undefined) {
    throw new PiError('CONFIG', 'Nothing names the PKCS#11 library of the CA key.', {
      hints: ['Set PI_HSM_MODULE_MODULE, or add ?module-path=/usr/lib/softhsm/libsofthsm2.so to the URI'],
    })
  }
  const selector = {
    ...(wanted.token !== undefined && {tokenLabel: wanted.token}),
    ...(wanted.serial !== undefined && {tokenSerial: wanted.serial}),
    slot: wanted.slot ?? -1,
  }
  const given =
    pin.known ??
    (wanted.pinSource === undefined ? undefined : await readPasswordFile(wanted.pinSource)) ??
    (isTokenOfSite(wanted, settings) ? settings.text('PI_HSM_MODULE_PASSWORD') : undefined) ??
    (await pin.ask(`PIN of the token ${wanted.token ?? wanted.serial ?? ''}`.trim()))
  return Token.open({library, selector, pin: Buffer.from(given, 'utf8')})
}

/** The PIN in the configuration is for that token only; a wrong one would count against another. */
function isTokenOfSite({modulePath, token, serial}: Pkcs11Uri, settings: Settings): boolean {
  if (modulePath !== undefined && modulePath !== settings.path('PI_HSM_MODULE_MODULE')) return false
  const [label, number] = [settings.text('PI_HSM_MODULE_TOKEN_LABEL'), settings.text('PI_HSM_MODULE_TOKEN_SERIAL')]
  if (serial !== undefined) return serial === number
  if (token !== undefined) return token === label
  return true
}

function keyTemplate(js: Pkcs11Js, objectClass: number, {object, id}: Pkcs11Uri): Template {
  return [
    {type: js.CKA_CLASS, value: objectClass},
    ...(object === undefined ? [] : [{type: js.CKA_LABEL, value: object}]),
    ...(id === undefined ? [] : [{type: js.CKA_ID, value: id}]),
  ]
}

function privateKey(js: Pkcs11Js, p11: PKCS11, session: Handle, wanted: Pkcs11Uri, token: Token): Handle {
  const found = findKeys(p11, session, keyTemplate(js, js.CKO_PRIVATE_KEY, wanted))
  if (found.length === 1) return found[0]!
  const what = wanted.object === undefined ? 'with this id' : `'${wanted.object}'`
  throw new PiError(
    'CONFIG',
    found.length === 0
      ? `There is no private key ${what} in the ${token.description}.`
      : `There are ${found.length} private keys ${what} in the ${token.description}.`,
    {hints: ['See pi-manage hsm list', ...(found.length > 1 ? ['Add id=%01%02… to the URI'] : [])]},
  )
}

/** From the public key beside the private one: private keys do not tell the point of a curve. */
function readPublicKey(
  js: Pkcs11Js,
  p11: PKCS11,
  session: Handle,
  wanted: Pkcs11Uri,
): {keyType: 'rsa' | 'ec'; publicKey: Buffer} {
  const [key] = [
    ...findKeys(p11, session, keyTemplate(js, js.CKO_PUBLIC_KEY, wanted)),
    ...findKeys(p11, session, keyTemplate(js, js.CKO_PRIVATE_KEY, wanted)),
  ]
  const get = (type: number) => p11.C_GetAttributeValue(session, key!, [{type}])[0]!.value as Buffer
  const type = get(js.CKA_KEY_TYPE).readUInt32LE()
  if (type === js.CKK_RSA) {
    const [n, e] = [get(js.CKA_MODULUS).toString('base64url'), get(js.CKA_PUBLIC_EXPONENT).toString('base64url')]
    const publicKey = createPublicKey({format: 'jwk', key: {kty: 'RSA', n, e}})
    return {keyType: 'rsa', publicKey: publicKey.export({format: 'der', type: 'spki'})}
  }
  if (type === js.CKK_EC) {
    const parameters = get(js.CKA_EC_PARAMS)
    const point = get(js.CKA_EC_POINT)
    // an OCTET STRING around the point; some tokens leave it away
    const bare = point[0] === 0x04 && point[1] === point.length - 2 ? point.subarray(2) : point
    return {keyType: 'ec', publicKey: ecPublicKey(parameters, bare)}
  }
  throw new PiError('CONFIG', 'The CA key in the token is neither an RSA key nor one of an elliptic curve.')
}

/** DER of a SubjectPublicKeyInfo (RFC 5480 §2), all lengths below 128. */
function ecPublicKey(parameters: Buffer, point: Buffer): Buffer {
  const element = (tag: number, ...content: Buffer[]) => {
    const body = Buffer.concat(content)
    const length = body.length < 0x80 ? [body.length] : [0x81, body.length]
    return Buffer.concat([Buffer.from([tag, ...length]), body])
  }
  const algorithm = element(0x30, Buffer.from('06072a8648ce3d0201', 'hex'), parameters)
  return element(0x30, algorithm, element(0x03, Buffer.from([0]), point))
}

function signWith(
  {js, p11, handle}: TokenSession,
  wanted: Pkcs11Uri,
  token: Token,
  keyType: 'rsa' | 'ec',
  data: Uint8Array,
  digest: Digest,
): Buffer {
  const key = privateKey(js, p11, handle, wanted, token)
  const hash = createHash(digest).update(data).digest()
  p11.C_SignInit(handle, {mechanism: keyType === 'rsa' ? js.CKM_RSA_PKCS : js.CKM_ECDSA}, key)
  const input = keyType === 'rsa' ? Buffer.concat([Buffer.from(digestInfo[digest], 'hex'), hash]) : hash
  const signature = p11.C_Sign(handle, input, Buffer.alloc(1024))
  return keyType === 'rsa' ? signature : ecSignature(signature)
}

/** The two numbers of a PKCS#11 signature as a DER sequence (RFC 3279 §2.2.3). */
function ecSignature(raw: Buffer): Buffer {
  const half = raw.length / 2
  const integer = (bytes: Buffer) => {
    let start = 0
    while (start < bytes.length - 1 && bytes[start] === 0) start++
    const short = bytes.subarray(start)
    const body = short[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short
    return Buffer.concat([Buffer.from([0x02, body.length]), body])
  }
  const body = Buffer.concat([integer(raw.subarray(0, half)), integer(raw.subarray(half))])
  const length = body.length < 0x80 ? [body.length] : [0x81, body.length]
  return Buffer.concat([Buffer.from([0x30, ...length]), body])
}
