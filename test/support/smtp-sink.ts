import PostalMime, {type Email} from 'postal-mime'
import {SMTPServer} from 'smtp-server'
import {listen, type Sink} from './sink.js'

/** A mail that a sink received. */
export interface SinkMail {
  kind: 'mail'
  mailFrom: string
  rcptTo: string[]
  /** Unfolded, in the order and spelling of the message; of repeated ones the first. */
  headers: Record<string, string>
  /** Text of the (first) text part. */
  body: string
  /** Parsed, for attachments and HTML. */
  message: Email
  raw: string
}

export interface SmtpSink extends Sink {
  readonly mails: SinkMail[]
  clear(): void
}

/** Starts a mail server on 127.0.0.1 that keeps what it is sent; recipients for which `refuses` says so get a 550. */
export async function startSmtpSink({
  port = 0,
  refuses = () => false,
  onMail,
}: {
  port?: number
  refuses?: (recipient: string) => boolean
  onMail?: (mail: SinkMail) => void
} = {}): Promise<SmtpSink> {
  const mails: SinkMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(address, _session, done) {
      if (!refuses(address.address)) return done()
      done(Object.assign(new Error('no such mailbox'), {responseCode: 550}))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const {mailFrom, rcptTo} = session.envelope
        const recipients = rcptTo.map(({address}) => address)
        readMail(Buffer.concat(chunks), mailFrom === false ? '' : mailFrom.address, recipients).then((mail) => {
          mails.push(mail)
          onMail?.(mail)
          done()
        }, done)
      })
    },
  })
  server.on('error', () => {})
  const sink = await listen(server.server, port)
  return {
    ...sink,
    mails,
    clear: () => mails.splice(0),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function readMail(content: Buffer, mailFrom: string, rcptTo: string[]): Promise<SinkMail> {
  const raw = content.toString('utf8')
  const message = await PostalMime.parse(content)
  const headers: Record<string, string> = {}
  const head = raw.split(/\r?\n\r?\n/)[0] ?? ''
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined && !(name in headers)) headers[name] = value
  }
  return {kind: 'mail', mailFrom, rcptTo, headers, body: (message.text ?? '').replace(/\r?\n$/, ''), message, raw}
}
