import {PiError, reasonOf} from '../errors.js'

/** A mail server as it is configured (spec/06 §17.2). */
export interface MailServer {
  /** Host, or `smtp://host:port`, or `smtps://host:port` for TLS from the start. */
  server: string
  port: number
  username: string
  password: string
  /** Address in `From`. */
  sender: string
  /** STARTTLS. */
  tls: boolean
  /** Seconds. */
  timeout: number
}

export interface Mail {
  to: string
  subject: string
  text: string
  /** The text is HTML. */
  html?: boolean
  /** Absent: the server's sender. */
  from?: string | undefined
  replyTo?: string | undefined
}

/**
 * Hands a message to a mail server. Certificates of mail servers are not checked, as in the originals: many are of the
 * server's own making.
 * @throws PiError UNAVAILABLE (no connection, refused login, refused recipient), INVALID_INPUT (an address that is none)
 */
export async function sendMail(
  server: MailServer,
  {to, subject, text, html = false, from, replyTo}: Mail,
): Promise<void> {
  if (!isMailAddress(to)) throw new PiError('INVALID_INPUT', `'${to}' is not a mail address.`)
  const {host} = endpoint(server)
  const transport = await transportTo(server)
  const sender = from ?? server.sender
  try {
    await transport.sendMail({
      from: sender,
      to: {address: to, name: ''},
      replyTo: replyTo ?? sender,
      subject,
      ...(html ? {html: text} : {text}),
    })
  } catch (error) {
    throw new PiError('UNAVAILABLE', `The mail server ${host} did not take the message: ${reasonOf(error)}`, {
      cause: error,
    })
  } finally {
    transport.close()
  }
}

/**
 * Connects to a mail server and logs in; nothing is sent.
 * @throws PiError UNAVAILABLE
 */
export async function testMailServer(server: MailServer): Promise<void> {
  const transport = await transportTo(server)
  try {
    await transport.verify()
  } catch (error) {
    throw new PiError('UNAVAILABLE', `The mail server ${endpoint(server).host} does not answer: ${reasonOf(error)}`, {
      cause: error,
    })
  } finally {
    transport.close()
  }
}

async function transportTo(server: MailServer) {
  const {createTransport} = await import('nodemailer')
  const {host, port, secure} = endpoint(server)
  const {username: user, password: pass} = server
  const wait = server.timeout * 1000
  return createTransport({
    host,
    port,
    secure,
    ignoreTLS: !server.tls,
    requireTLS: server.tls && !secure,
    tls: {rejectUnauthorized: false},
    connectionTimeout: wait,
    greetingTimeout: wait,
    socketTimeout: wait,
    ...(user && {auth: {user, pass}}),
  })
}

/** One address, nothing that could be read as several or as a header. */
export function isMailAddress(text: string): boolean {
  return /^[^\s@,;<>"()[\]\\:]+@[^\s@,;<>"()[\]\\:]+$/u.test(text)
}

function endpoint({server, port}: MailServer): {host: string; port: number; secure: boolean} {
  const match = /^(smtps?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/i.exec(server.trim())
  if (!match) return {host: server.trim(), port, secure: false}
  const [, scheme = '', host = '', named] = match
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: named === undefined ? port : Number(named),
    secure: scheme.toLowerCase() === 'smtps',
  }
}
