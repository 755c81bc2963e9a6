import {error, type EventHandlerKind, type EventOption} from '../contract.js'
import {anyText, choice, mailList, someText, truth} from '../values/simple.js'
import {message, messageOrFile, spoolFile} from '../values/templates.js'

const recipients = ['tokenowner', 'logged_in_user', 'internal admin', 'admin realm', 'email'] as const

const to: readonly EventOption[] = [
  {description: 'who gets the message; default tokenowner', name: 'To', value: choice(...recipients)},
  {
    description: 'name of the local administrator',
    name: 'To internal admin',
    reference: 'admin',
    value: someText,
  },
  {description: 'realm of the administrators', name: 'To admin realm', reference: 'realm', value: someText},
  {description: 'addresses', name: 'To email', value: mailList},
  {description: 'attribute with the address', name: 'To tokenowner', since: [3, 13], value: anyText},
  {description: 'attribute with the address', name: 'To logged_in_user', since: [3, 13], value: anyText},
]

const replyTo: readonly EventOption[] = [
  {description: 'who gets the answers', name: 'reply_to', value: choice('', ...recipients)},
  {
    description: 'name of the local administrator',
    name: 'reply_to internal admin',
    reference: 'admin',
    value: someText,
  },
  {description: 'realm of the administrators', name: 'reply_to admin realm', reference: 'realm', value: someText},
  {description: 'address; of several the first', name: 'reply_to email', value: mailList},
  {description: 'attribute with the address', name: 'reply_to tokenowner', since: [3, 13], value: anyText},
  {description: 'attribute with the address', name: 'reply_to logged_in_user', since: [3, 13], value: anyText},
]

const body: EventOption = {
  description: 'text of the message',
  name: 'body',
  reference: 'text-file',
  value: messageOrFile,
}

/** Mails, short messages and files about what happened (spec/09 §8.1). */
export const userNotification: EventHandlerKind = {
  name: 'UserNotification',
  description: 'tells somebody by mail, SMS or a file',
  positions: ['pre', 'post'],
  actions: [
    {
      name: 'sendmail',
      description: 'one mail to all recipients',
      options: [
        {
          description: 'SMTP server',
          name: 'emailconfig',
          reference: 'smtp-server',
          required: true,
          value: someText,
        },
        ...to,
        ...replyTo,
        {description: 'default plain', name: 'mimetype', value: choice('plain', 'html')},
        {description: 'subject of the mail', name: 'subject', value: message},
        {description: 'attach the QR code of an enrolment', name: 'attach_qrcode', value: truth},
        body,
      ],
    },
    {
      name: 'sendsms',
      description: 'one SMS',
      options: [
        {description: 'SMS gateway', name: 'smsconfig', reference: 'sms-gateway', required: true, value: someText},
        ...to,
        body,
      ],
    },
    {
      name: 'savefile',
      description: 'a file in the spool folder',
      options: [
        {description: 'name below the spool folder', name: 'filename', required: true, value: spoolFile},
        body,
        ...to,
      ],
    },
  ],
  *check({action, options}) {
    const needed: Readonly<Record<string, string>> = {
      email: 'email',
      'admin realm': 'admin realm',
      'internal admin': 'internal admin',
    }
    for (const field of action === 'sendmail' ? ['To', 'reply_to'] : ['To']) {
      const kind = needed[options[field] ?? '']
      if (kind && !options[`${field} ${kind}`])
        yield error(`The option '${field}' is '${kind}', and '${field} ${kind}' is missing: nobody is told.`)
    }
  },
}
