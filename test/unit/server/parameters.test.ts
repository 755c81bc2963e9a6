import {expect} from 'chai'
import {decodeAgain, mergeParameters, type RawRequest} from '../../../src/server/parameters.js'

const form = 'application/x-www-form-urlencoded'

async function merged(given: Partial<Omit<RawRequest, 'body'>> & {body?: string}): Promise<Record<string, unknown>> {
  const {body, ...rest} = given
  const raw = {
    query: '',
    contentType: undefined,
    path: {},
    userAgent: undefined,
    ...rest,
    body: body === undefined ? undefined : Buffer.from(body),
  }
  return Object.fromEntries(await mergeParameters(raw))
}

async function failure(given: Parameters<typeof merged>[0]): Promise<number | undefined> {
  try {
    await merged(given)
    return undefined
  } catch (error) {
    return (error as {number?: number}).number
  }
}

describe('parameters of a request', () => {
  it('prefers the query to the form, and the first of several values', async () => {
    expect(await merged({query: 'user=a&user=b', contentType: form, body: 'user=c&pass=d'})).to.deep.equal({
      user: 'a',
      pass: 'd',
    })
  })

  it('decodes forms and queries twice, but a plus sign once', async () => {
    expect(await merged({query: 'a=%2541&b=1%2B2&c=1+2&d=%25C3%25A4'})).to.deep.equal({
      a: 'A',
      b: '1+2',
      c: '1 2',
      d: 'ä',
    })
  })

  it('decodes once for programs that encode once', async () => {
    for (const userAgent of ['privacyIDEA-LDAP-Proxy/1.0', 'simplesamlphp', 'privacyidea-cp/3.5 Windows']) {
      expect(await merged({query: 'pass=%2541', userAgent})).to.deep.equal({pass: '%41'})
    }
    expect(await merged({query: 'pass=%2541', userAgent: 'other/1'})).to.deep.equal({pass: 'A'})
  })

  it('takes JSON as it is, and before all others', async () => {
    const body = JSON.stringify({pass: '%41', otponly: false, n: 1})

    expect(await merged({query: 'pass=x&user=u', contentType: 'application/json; charset=utf-8', body})).to.deep.equal({
      pass: '%41',
      user: 'u',
      otponly: false,
      n: 1,
    })
  })

  it('takes a body that happens to be a JSON object, and no other', async () => {
    expect(await merged({contentType: 'text/plain', body: '{"user":"a"}'})).to.deep.equal({user: 'a'})
    expect(await merged({contentType: 'text/plain', body: '["a"]'})).to.deep.equal({})
    expect(await merged({body: 'anything'})).to.deep.equal({})
  })

  it('refuses JSON that is none or no object', async () => {
    for (const body of ['{', '[1]', '"x"', '3', 'null']) {
      expect(await failure({contentType: 'application/json', body}), body).to.equal(905)
    }
  })

  it('reads multipart forms', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="user"\r\n\r\njo\r\n--b--\r\n'

    expect(await merged({contentType: 'multipart/form-data; boundary=b', body})).to.deep.equal({user: 'jo'})
    expect(await failure({contentType: 'multipart/form-data; boundary=b', body: 'nonsense'})).to.equal(905)
  })

  it('lets the path win', async () => {
    expect(await merged({query: 'transaction_id=1', path: {transaction_id: '2'}})).to.deep.equal({transaction_id: '2'})
  })

  it('leaves what is no encoding', () => {
    expect(decodeAgain('100%, %zz, %4')).to.equal('100%, %zz, %4')
  })
})
