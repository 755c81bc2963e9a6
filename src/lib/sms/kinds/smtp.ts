import type {SmsProvider} from '../contract.js'
import {requiredOption} from '../options.js'

/** A gateway that takes text messages by mail (spec/06 §17.1). */
export const smtpSms: SmsProvider = {
  name: 'SmtpSMSProvider',
  async send({phone, text}, {options}, {sendMail}) {
    const filled = (template: string) => template.replaceAll('{phone}', phone).replaceAll('{otp}', text)
    await sendMail(requiredOption(options, 'SMTPIDENTIFIER'), {
      to: filled(requiredOption(options, 'MAILTO')),
      subject: filled(options['SUBJECT'] || '{phone}'),
      text: filled(options['BODY'] || '{otp}'),
    })
  },
}
