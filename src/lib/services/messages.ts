import {z} from 'zod'
import {sealedMark} from '../config-objects/contract.js'
import {smsGateway} from '../config-objects/kinds/sms-gateway.js'
import {smtpServer} from '../config-objects/kinds/smtp-server.js'
import {decryptValue} from '../crypto/secret-values.js'
import type {Database} from '../db/database.js'
import {PiError} from '../errors.js'
import {sendMail, type Mail, type MailServer} from '../mail/send-mail.js'
import type {SecurityModule} from '../security-module.js'
import type {GatewaySettings, SmsEnv, SmsMessage} from '../sms/contract.js'
import {smsProvider} from '../sms/registry.js'
import {integerSetting, settingIsOn} from '../tokens/shared/values.js'

/** Reads a setting of the system configuration. */
export type Setting = (key: string) => string | undefined

export interface MessageOptions {
  db: Database
  security: SecurityModule
  /** Folder of the scripts that send text messages. */
  scriptFolder: string
}

/** Sends mails and text messages through the servers and gateways of the installation (spec/06 §17). */
export class MessageService {
  readonly #options: MessageOptions

  constructor(options: MessageOptions) {
    this.#options = options
  }

  /**
   * @param options.server name of a mail server; absent: that of the settings `email.mailserver` and its kin
   * @throws PiError NOT_FOUND, UNAVAILABLE
   */
  async sendMail(mail: Mail, {server, setting}: {server: string | undefined; setting: Setting}): Promise<void> {
    await sendMail(server ? await this.#mailServer(server) : legacyMailServer(setting), mail)
  }

  /**
   * @param options.gateway name of a gateway; absent: that of the settings `sms.provider` and `sms.providerConfig`
   * @throws PiError NOT_FOUND, CONFIG, UNAVAILABLE
   */
  async sendSms(
    message: SmsMessage,
    {gateway, setting}: {gateway: string | undefined; setting: Setting},
  ): Promise<void> {
    const {module, settings} = gateway ? await this.#gateway(gateway) : legacyGateway(setting)
    const provider = await smsProvider(module)
    if (!provider) throw new PiError('CONFIG', `There is no SMS provider '${module}'.`)
    const env: SmsEnv = {
      scriptFolder: this.#options.scriptFolder,
      sendMail: (server, mail) => this.sendMail(mail, {server, setting}),
    }
    await provider.send(message, settings, env)
  }

  async #mailServer(name: string): Promise<MailServer> {
    const found = (await smtpServer.list(this.#options.db)).get(name)
    if (!found) throw new PiError('NOT_FOUND', `There is no SMTP server '${name}'.`)
    return {...found, password: await this.#clear(found.password)}
  }

  async #gateway(name: string): Promise<{module: string; settings: GatewaySettings}> {
    const found = (await smsGateway.list(this.#options.db)).get(name)
    if (!found) throw new PiError('NOT_FOUND', `There is no SMS gateway '${name}'.`)
    const clear = async (values: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        await Promise.all(Object.entries(values).map(async ([key, value]) => [key, await this.#clear(value)] as const)),
      )
    return {
      module: found.provider,
      settings: {options: await clear(found.options), headers: await clear(found.headers)},
    }
  }

  async #clear(value: string): Promise<string> {
    if (!value.startsWith(sealedMark)) return value
    return decryptValue(this.#options.security, value.slice(sealedMark.length))
  }
}

function legacyMailServer(setting: Setting): MailServer {
  return {
    server: setting('email.mailserver') || 'localhost',
    port: integerSetting(setting('email.port'), 25),
    username: setting('email.username') ?? '',
    password: setting('email.password') ?? '',
    sender: setting('email.mailfrom') || 'privacyidea@localhost',
    tls: settingIsOn(setting('email.tls'), false),
    timeout: 10,
  }
}

const legacyConfig = z.record(z.string(), z.union([z.string(), z.number(), z.record(z.string(), z.string())]))

/** The older form of the HTTP provider: other names for some options, parameters in an object of their own. */
function legacyGateway(setting: Setting): {module: string; settings: GatewaySettings} {
  const module = setting('sms.provider') || 'privacyidea.lib.smsprovider.HttpSMSProvider.HttpSMSProvider'
  let given: z.infer<typeof legacyConfig>
  try {
    given = legacyConfig.parse(JSON.parse(setting('sms.providerConfig') || '{}'))
  } catch (error) {
    throw new PiError('CONFIG', 'The setting sms.providerConfig is not a JSON object of texts.', {cause: error})
  }
  const text = (key: string) => (typeof given[key] === 'object' ? '' : String(given[key] ?? ''))
  const options: Record<string, string> = {}
  for (const [key, value] of Object.entries(given)) if (typeof value !== 'object') options[key] = String(value)
  delete options['HTTP_Method']
  delete options['SMS_PHONENUMBER_KEY']
  delete options['SMS_TEXT_KEY']
  if (text('HTTP_Method')) options['HTTP_METHOD'] = text('HTTP_Method')
  if (module.endsWith('.HttpSMSProvider')) {
    if (typeof given['PARAMETER'] === 'object') Object.assign(options, given['PARAMETER'])
    options[text('SMS_PHONENUMBER_KEY') || 'phone'] = '{phone}'
    options[text('SMS_TEXT_KEY') || 'sms'] = '{otp}'
  }
  if (module.endsWith('.SmtpSMSProvider')) {
    const tags = (key: string) => text(key).replaceAll('<phone>', '{phone}').replaceAll('<otp>', '{otp}')
    for (const key of ['MAILTO', 'SUBJECT', 'BODY']) if (given[key] !== undefined) options[key] = tags(key)
    if (text('IDENTIFIER')) options['SMTPIDENTIFIER'] = text('IDENTIFIER')
  }
  return {module, settings: {options, headers: {}}}
}
