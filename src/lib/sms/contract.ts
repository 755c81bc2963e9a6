/** A text message. */
export interface SmsMessage {
  phone: string
  text: string
}

/** How a gateway is set up: a row of `smsgateway`, its options and headers. */
export interface GatewaySettings {
  options: Readonly<Record<string, string>>
  headers: Readonly<Record<string, string>>
}

/** What providers need of the installation. */
export interface SmsEnv {
  /** Sends through a mail server of the configuration. @throws PiError NOT_FOUND, UNAVAILABLE */
  sendMail(server: string, mail: {to: string; subject: string; text: string}): Promise<void>
  /** Folder of the scripts that may be run. */
  scriptFolder: string
}

/** A kind of gateway. */
export interface SmsProvider {
  /** Last part of the class that the originals name in `providermodule`, e.g. `HttpSMSProvider`. */
  readonly name: string
  /** @throws PiError UNAVAILABLE (not sent), CONFIG (options missing or impossible) */
  send(message: SmsMessage, gateway: GatewaySettings, env: SmsEnv): Promise<void>
}
