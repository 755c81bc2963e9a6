import {createHash, randomBytes} from 'node:crypto'
import {SaslBindInProgressError, type Client} from 'ldapts'

/**
 * Binds with SASL DIGEST-MD5 (RFC 2831), quality of protection `auth`.
 * @param host of the server, for the digest URI
 * @throws ResultCodeError when the server refuses, Error when its challenge makes no sense
 */
export async function bindDigestMd5(client: Client, host: string, username: string, password: string): Promise<void> {
  let challenge: string
  try {
    await client.bindSASL('DIGEST-MD5', '')
    return
  } catch (error) {
    if (!(error instanceof SaslBindInProgressError)) throw error
    challenge = error.response.data[0] ?? ''
  }
  const response = digestResponse(challenge, {
    username,
    password,
    uri: `ldap/${host}`,
    cnonce: randomBytes(16).toString('base64'),
  })
  try {
    await client.bindSASL('DIGEST-MD5', response)
  } catch (error) {
    // The server proves that it knows the password too; the last step is an empty answer.
    if (!(error instanceof SaslBindInProgressError)) throw error
    await client.bindSASL('DIGEST-MD5', '')
  }
}

export interface DigestFacts {
  username: string
  password: string
  /** `service/host`. */
  uri: string
  cnonce: string
}

/** The answer to a challenge of DIGEST-MD5 (RFC 2831 §2.1.2). @throws Error for a challenge without nonce */
export function digestResponse(challenge: string, {username, password, uri, cnonce}: DigestFacts): string {
  const directives = new Map<string, string>()
  for (const [, key, quoted, bare] of challenge.matchAll(/([a-z-]+)=(?:"((?:\\.|[^"\\])*)"|([^,"\s]+))/gi)) {
    if (!directives.has(key!.toLowerCase()))
      directives.set(key!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare!)
  }
  const nonce = directives.get('nonce')
  if (nonce === undefined) throw new Error('the challenge of the server has no nonce')
  const realm = directives.get('realm') ?? ''
  const secret = md5(`${username}:${realm}:${password}`)
  const first = md5(Buffer.concat([secret, Buffer.from(`:${nonce}:${cnonce}`)])).toString('hex')
  const second = md5(`AUTHENTICATE:${uri}`).toString('hex')
  const response = md5(`${first}:${nonce}:00000001:${cnonce}:auth:${second}`).toString('hex')
  return [
    'charset=utf-8',
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    'nc=00000001',
    `cnonce=${quote(cnonce)}`,
    `digest-uri=${quote(uri)}`,
    `response=${response}`,
    'qop=auth',
  ].join(',')
}

const md5 = (data: Buffer | string): Buffer => createHash('md5').update(data).digest()

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
