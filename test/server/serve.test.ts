import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {request as httpsRequest} from 'node:https'
import {connect} from 'node:net'
import {join} from 'node:path'
import {expect} from 'chai'
import {removeFolder, temporaryFolder} from '../support/folders.js'
import {fixtureInstance, type Instance} from '../support/instance.js'
import {startServer, type RunningServer} from '../support/server.js'

interface Answer {
  result: {status: boolean; value?: unknown; error?: {code: number; message: string}}
  detail?: Record<string, unknown> | null
  signature?: string
  nonce?: string
}

const form = {'content-type': 'application/x-www-form-urlencoded'}

async function post(server: RunningServer, path: string, body: string, headers: Record<string, string> = form) {
  const response = await fetch(server.url + path, {method: 'POST', body, headers})
  return {status: response.status, headers: response.headers, text: await response.text()}
}

async function ask(server: RunningServer, path: string): Promise<{status: number; body: Answer}> {
  const response = await fetch(server.url + path)
  return {status: response.status, body: (await response.json()) as Answer}
}

describe('validate serve', () => {
  let instance: Instance
  let server: RunningServer

  before(async function () {
    this.timeout(60_000)
    instance = await fixtureInstance('http')
    server = await startServer({config: instance.config, cwd: instance.folder})
  })
  after(async () => {
    await server.stop()
    instance.remove()
  })

  it('says whether it is ready', async () => {
    for (const [path, value] of [
      ['/healthz', {status: 'ready', hsm: 'OK'}],
      ['/healthz/readyz', {status: 'ready', hsm: 'OK'}],
      ['/healthz/livez', {status: 'OK'}],
      ['/healthz/startupz', {status: 'started'}],
      ['/healthz/resolversz', {status: 'OK', ldapresolver: {}, sqlresolver: {people: 'OK'}}],
    ] as const) {
      const {status, body} = await ask(server, path)
      expect([status, body.result.value], path).to.deep.equal([200, value])
    }
    expect((await fetch(`${server.url}/healthz/nonsense`)).status).to.equal(404)
  })

  it('signs its answers over the nonce of the client', async () => {
    const {body} = await ask(server, '/validate/check?user=nobodyhere&pass=x&nonce=abc')

    expect(body.nonce).to.equal('abc')
    expect(body.signature).to.match(/^rsa_sha256_pss:[0-9a-f]{512}$/)
  })

  it('knows its addresses and methods', async () => {
    expect((await fetch(`${server.url}/nowhere`)).status).to.equal(404)
    expect((await fetch(`${server.url}/validate/check`, {method: 'PUT'})).status).to.equal(405)
    expect((await fetch(`${server.url}/validate/polltransaction/1`, {method: 'POST'})).status).to.equal(405)
    const options = await fetch(`${server.url}/validate/check`, {method: 'OPTIONS'})
    expect([options.status, options.headers.get('allow')]).to.deep.equal([200, 'GET, POST, OPTIONS'])
  })

  it('answers whatever it is sent', async () => {
    const json = {'content-type': 'application/json'}
    for (const [body, headers] of [
      ['{', json],
      ['[]', json],
      ['{"user": "anna", "pass": 5}', json],
      ['{"user": null, "pass": "x"}', json],
      ['{"user": {"a": 1}, "pass": ["x"]}', json],
      ['user=%00&pass=x', form],
      ['user=an*na&serial=*&pass=x', form],
      ['serial=%27%20OR%201%3D1&pass=x', form],
      ['', form],
      ['nonsense', {'content-type': 'multipart/form-data; boundary=x'}],
    ] as const) {
      const {status, text} = await post(server, '/validate/check', body, headers)
      expect(status, body).to.be.within(400, 499)
      expect((JSON.parse(text) as Answer).result.status, body).to.equal(false)
    }
    expect((await post(server, '/validate/check', `pass=${'x'.repeat(2_000_000)}`)).status).to.equal(413)
    expect((await ask(server, '/healthz')).status).to.equal(200)
  })

  it('hangs up on what is no HTTP', async () => {
    const {port} = new URL(server.url)
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end('nonsense\r\n\r\n'))
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })

    expect(answer).to.match(/^HTTP\/1\.1 400/)
  })

  it('tells no secret when something inside is wrong', async () => {
    await instance.sql(["UPDATE token SET key_enc='00' WHERE serial='OATHP002'"])
    const {status, text} = await post(server, '/validate/check', 'serial=OATHP002&pass=Z8311780840')

    expect(status).to.equal(500)
    expect(text).to.contain('500 Internal Server Error')
    expect(server.stderr()).to.not.contain('Z8311')
  })
})

describe('validate serve, ended', () => {
  it('answers what has begun, and takes nothing new', async function () {
    this.timeout(60_000)
    const instance = await fixtureInstance('http')
    const server = await startServer({config: instance.config, cwd: instance.folder})
    const requests = Array.from({length: 20}, () =>
      post(server, '/validate/check', 'user=anna&pass=wrong').catch(() => undefined),
    )
    await Promise.race(requests)
    const status = await server.stop('SIGTERM')

    expect(status).to.equal(0)
    const answers = (await Promise.all(requests)).filter((answer) => answer !== undefined)
    const done = answers.filter((answer) => answer.status === 200)
    expect(done.length).to.be.greaterThan(0)
    // What had not begun is told to go elsewhere.
    expect(answers.filter((answer) => answer.status !== 200 && answer.status !== 503)).to.deep.equal([])
    const rows = await instance.query<{n: number}>('SELECT count(*) AS n FROM pidea_audit')
    // Nothing that had begun went unanswered, and nothing that was turned away had begun.
    expect(Number(rows[0]?.n)).to.equal(done.length)
    instance.remove()
  })
})

describe('validate serve with several processes', () => {
  it('shares one port, replaces a process that dies, and ends them all', async function () {
    this.timeout(90_000)
    const instance = await fixtureInstance('http')
    const server = await startServer({config: instance.config, cwd: instance.folder, args: ['--workers', '2']})
    const children = () =>
      execFileSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)], {encoding: 'utf8'})
        .trim()
        .split(/\s+/)
        .map(Number)

    expect((await ask(server, '/healthz')).status).to.equal(200)
    const [first] = children()
    process.kill(first!, 'SIGKILL')
    for (let waited = 0; waited < 200 && !server.stderr().includes('another one is started'); waited++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(server.stderr()).to.contain('A worker has ended (SIGKILL); another one is started.')
    for (let at = 0; at < 10; at++) expect((await ask(server, '/healthz')).status).to.equal(200)

    expect(await server.stop('SIGTERM')).to.equal(0)
    instance.remove()
  })
})

describe('validate serve with TLS', () => {
  const folder = temporaryFolder('tls')
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  after(() => removeFolder(folder))

  it('speaks HTTPS', async function () {
    this.timeout(60_000)
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
      ],
      {stdio: 'ignore'},
    )
    const instance = await fixtureInstance('http')
    const server = await startServer({
      config: instance.config,
      cwd: instance.folder,
      args: ['--tls-cert', cert, '--tls-key', key],
    })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      httpsRequest(
        `${server.url}/healthz`,
        {ca: readFileSync(cert), servername: 'localhost', checkServerIdentity: () => undefined},
        (response) => {
          response.resume()
          resolve(response.statusCode)
        },
      )
        .on('error', reject)
        .end()
    })

    expect([server.url.startsWith('https://'), status]).to.deep.equal([true, 200])
    await server.stop()
    instance.remove()
  })
})

describe('a running server', () => {
  it('sees a change of the configuration at the next request', async function () {
    this.timeout(60_000)
    const instance = await fixtureInstance('http')
    const server = await startServer({config: instance.config, cwd: instance.folder})
    const login = async (pass: string) => {
      const {text} = await post(server, '/validate/check', `serial=OATHP091&pass=${pass}`)
      return (JSON.parse(text) as Answer).result.value
    }
    const values = await instance.query<{Value: string}>("SELECT Value FROM config WHERE Key='__timestamp__'")
    expect(values).to.have.length(1)

    expect(await login('x984101')).to.equal(false)
    await instance.sql([
      `INSERT INTO policy (name,scope,action,priority,active,check_all_resolvers,realm,adminrealm,adminuser,resolver,pinode,"user",client,time) VALUES ('none','authentication','otppin=none',1,1,0,'','','','','','','','')`,
      `UPDATE config SET Value='${Math.floor(Date.now() / 1000)}' WHERE Key='__timestamp__'`,
    ])
    expect(await login('984101')).to.equal(true)
    expect(await login('984101')).to.equal(false)
    await server.stop()
    instance.remove()
  })
})
