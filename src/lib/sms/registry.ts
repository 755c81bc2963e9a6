import type {SmsProvider} from './contract.js'

/** Kinds of gateways, loaded when first used. */
const providers: Readonly<Record<string, () => Promise<SmsProvider>>> = {
  HttpSMSProvider: async () => (await import('./kinds/http.js')).httpSms,
  ScriptSMSProvider: async () => (await import('./kinds/script.js')).scriptSms,
  SipgateSMSProvider: async () => (await import('./kinds/sipgate.js')).sipgateSms,
  SmtpSMSProvider: async () => (await import('./kinds/smtp.js')).smtpSms,
}

/** @param module class as the originals name it, `privacyidea.lib.smsprovider.X.X`. @returns undefined for an unknown one */
export async function smsProvider(module: string): Promise<SmsProvider | undefined> {
  return providers[module.split('.').at(-1) ?? '']?.()
}
