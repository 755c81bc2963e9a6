import {chmodSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {sendMail, type MailServer} from '../../../../src/lib/mail/send-mail.js'
import {smsProvider} from '../../../../src/lib/sms/registry.js'
import type {GatewaySettings, SmsEnv} from '../../../../src/lib/sms/contract.js'
import {removeFolder, temporaryFolder} from '../../../support/folders.js'
import {startHttpSink, type HttpSink} from '../../../support/http-sink.js'
import {startSmtpSink, type SmtpSink} from '../../../support/smtp-sink.js'

async function failure(work: Promise<void>): Promise<string> {
  try {
    await work
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('mail', () => {
  let sink: SmtpSink
  const server = (): MailServer => ({
    server: '127.0.0.1',
    port: sink.port,
    username: '',
    password: '',
    sender: 'pi@example.org',
    tls: false,
    timeout: 5,
  })

  before(async () => {
    sink = await startSmtpSink({refuses: (recipient) => recipient.startsWith('refuse')})
  })
  after(() => sink.stop())

  it('goes to one recipient with the headers of the original', async () => {
    await sendMail(server(), {to: 'jo@example.org', subject: 'Grüße', text: 'Code 287082'})

    const [mail] = sink.mails
    expect([mail?.mailFrom, mail?.rcptTo, mail?.body]).to.deep.equal([
      'pi@example.org',
      ['jo@example.org'],
      'Code 287082',
    ])
    expect(mail?.message.subject).to.equal('Grüße')
    expect(mail?.headers).to.include({From: 'pi@example.org', To: 'jo@example.org', 'Reply-To': 'pi@example.org'})
  })

  it('is an error when it is refused, has no server, or no single address', async () => {
    const text = {subject: 's', text: 't'}

    expect(await failure(sendMail(server(), {to: 'refuse@example.org', ...text}))).to.contain(
      'did not take the message',
    )
    expect(await failure(sendMail({...server(), port: 1}, {to: 'jo@example.org', ...text}))).to.contain('did not take')
    expect(await failure(sendMail(server(), {to: 'a@x.org, b@x.org', ...text}))).to.contain('not a mail address')
    expect(await failure(sendMail({...server(), tls: true}, {to: 'jo@example.org', ...text}))).to.contain(
      'did not take',
    )
  })

  it('takes its server as an address', async () => {
    sink.clear()

    await sendMail(
      {...server(), server: `smtp://127.0.0.1:${sink.port}`, port: 1},
      {to: 'jo@example.org', subject: 's', text: 't'},
    )

    expect(sink.mails).to.have.length(1)
  })
})

describe('text messages', () => {
  let sink: HttpSink
  const folder = temporaryFolder('sms')
  const mails: unknown[] = []
  const env: SmsEnv = {scriptFolder: folder, sendMail: async (server, mail) => void mails.push([server, mail])}

  before(async () => {
    sink = await startHttpSink(({path}) => (path === '/fail' ? {status: 500, body: 'ERROR'} : {body: 'ID 12345'}))
  })
  after(async () => {
    await sink.stop()
    removeFolder(folder)
  })

  async function send(provider: string, options: GatewaySettings['options'], headers = {}) {
    const found = await smsProvider(`privacyidea.lib.smsprovider.${provider}.${provider}`)
    await found!.send({phone: '0123', text: 'Code {phone}'}, {options, headers}, env)
  }

  it('go to a web service as query, form or JSON', async () => {
    const options = {URL: `${sink.url}/send`, text: '{otp}', to: '{phone}', RETURN_SUCCESS: 'ID', REGEXP: '/^0/+49/'}
    sink.clear()

    await send('HttpSMSProvider', options)
    await send('HttpSMSProvider', {...options, HTTP_METHOD: 'POST', USERNAME: 'u', PASSWORD: 'p'})
    await send('HttpSMSProvider', {...options, HTTP_METHOD: 'POST', SEND_DATA_AS_JSON: 'yes'}, {'x-key': '1'})

    const wanted = {text: 'Code {phone}', to: '+49123'}
    const [query, form, json] = sink.requests
    expect(query?.query).to.deep.equal(wanted)
    expect([form?.form, form?.headers['authorization']]).to.deep.equal([wanted, 'Basic dTpw'])
    expect([json?.json, json?.headers['x-key']]).to.deep.equal([wanted, '1'])
  })

  it('are not sent when the service says so', async () => {
    const options = {URL: `${sink.url}/send`, text: '{otp}'}

    expect(await failure(send('HttpSMSProvider', {...options, URL: `${sink.url}/fail`}))).to.equal(
      'SMS could not be sent: 500',
    )
    expect(await failure(send('HttpSMSProvider', {...options, RETURN_SUCCESS: 'OK'}))).to.contain('refused')
    expect(await failure(send('HttpSMSProvider', {...options, RETURN_FAIL: 'ID'}))).to.contain('refused')
    expect(await failure(send('HttpSMSProvider', {text: '{otp}'}))).to.contain('has no URL')
    expect(await failure(send('HttpSMSProvider', {...options, URL: 'file:///etc/passwd'}))).to.contain(
      'not a web address',
    )
    expect(await failure(send('HttpSMSProvider', {...options, URL: 'http://127.0.0.1:1/'}))).to.contain(
      'does not answer',
    )
  })

  it('go through a mail server', async () => {
    await send('SmtpSMSProvider', {SMTPIDENTIFIER: 'mx', MAILTO: '{phone}@sms.example', SUBJECT: '', BODY: '{otp}'})

    expect(mails).to.deep.equal([['mx', {to: '0123@sms.example', subject: '0123', text: 'Code {phone}'}]])
  })

  it('are handed to a script of its folder, and to no other program', async () => {
    const out = join(folder, 'out')
    const script = (name: string, text: string) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
      chmodSync(join(folder, name), 0o755)
    }
    script('good.sh', `echo "$1" > ${out}; cat >> ${out}`)
    script('bad.sh', 'exit 3')

    await send('ScriptSMSProvider', {script: 'good.sh', background: 'wait'})

    expect(readFileSync(out, 'utf8')).to.equal('0123\nCode {phone}')
    expect(await failure(send('ScriptSMSProvider', {script: 'bad.sh'}))).to.contain('Error during execution')
    expect(await failure(send('ScriptSMSProvider', {script: '../../bin/true'}))).to.not.equal('')
    expect(await failure(send('ScriptSMSProvider', {script: '/bin/true'}))).to.contain('is not in')
    expect(await failure(send('ScriptSMSProvider', {script: 'none.sh'}))).to.contain('Failed to start')
  })

  it('have no provider of an unknown name', async () => {
    expect(await smsProvider('evil.module.Provider')).to.equal(undefined)
  })
})
