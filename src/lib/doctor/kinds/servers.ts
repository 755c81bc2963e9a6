import {connect} from 'node:net'
import {PiError, reasonOf} from '../../errors.js'
import {testMailServer} from '../../mail/send-mail.js'
import {httpCall} from '../../net/http-client.js'
import {radiusStatus} from '../../net/radius-status.js'
import {smsProvider} from '../../sms/registry.js'
import {outcome, type DoctorCheck, type DoctorEnv, type Fault, type Outcome, type ServerSettings} from '../contract.js'

/** Servers that the installation talks to. */
export const serverChecks: readonly DoctorCheck[] = [
  {
    id: 'smtp-servers',
    title: 'mail servers answer and take our login',
    severity: 'error',
    mend: 'Start the server, or correct it with pi-manage config apply',
    timeoutMs: 30_000,
    run: (env) =>
      eachServer(env, 'smtp-server', async ({settings}) => {
        const text = (key: string) => String(settings[key] ?? '')
        const [tls, username] = [settings['tls'] === true, text('username')]
        await testMailServer({
          server: text('server'),
          port: Number(settings['port']),
          username,
          password: text('password'),
          sender: text('sender'),
          tls,
          timeout: env.answerMs / 1000,
        })
        const open = username !== '' && !tls && !/^smtps:/i.test(text('server'))
        return open ? [{message: 'its password is sent without TLS.', severity: 'warning'}] : []
      }),
  },
  {
    id: 'radius-servers',
    title: 'RADIUS servers answer',
    severity: 'error',
    mend: 'Start the server, or correct address and secret with pi-manage config apply',
    timeoutMs: 30_000,
    run: (env) =>
      eachServer(env, 'radius-server', async ({settings}): Promise<Fault[]> => {
        const target = {
          server: String(settings['server'] ?? ''),
          port: Number(settings['port']),
          secret: String(settings['secret'] ?? ''),
        }
        const state = await radiusStatus(target, env.answerMs)
        if (state === 'wrong secret') return [{message: 'its answer was made with another secret.'}]
        if (state === 'silent') {
          return [{message: 'it did not answer a status request; not every server does.', severity: 'note'}]
        }
        return []
      }),
  },
  {
    id: 'remote-servers',
    title: 'other privacyIDEA or eduMFA servers answer',
    severity: 'error',
    mend: 'Start the server, or correct its address with pi-manage config apply',
    timeoutMs: 30_000,
    run: (env) =>
      eachServer(env, 'remote-server', async ({settings}): Promise<Fault[]> => {
        const verifyTls = settings['tls'] === true
        const url = String(settings['url'] ?? '')
        const {status} = await httpCall({url, method: 'GET', timeoutMs: env.answerMs, verifyTls})
        if (status >= 500) return [{message: `it answers with status ${status}.`}]
        if (/^http:/i.test(url)) return [{message: 'passwords are sent to it without TLS.', severity: 'warning'}]
        return verifyTls ? [] : [{message: 'its certificate is not verified.', severity: 'warning'}]
      }),
  },
  {
    id: 'sms-gateways',
    title: 'SMS gateways can be reached',
    severity: 'error',
    mend: 'Start the server, or correct the gateway with pi-manage config apply',
    timeoutMs: 30_000,
    run: (env) =>
      eachServer(env, 'sms-gateway', async ({settings}): Promise<Fault[]> => {
        const provider = String(settings['provider'] ?? '')
        const options = (settings['options'] ?? {}) as Record<string, string>
        const name = provider.split('.').at(-1) ?? ''
        if (name === 'SmppSMSProvider') {
          await reach(options['SMSC_HOST'] ?? '', Number(options['SMSC_PORT'] ?? 2775), env.answerMs)
          return []
        }
        if (!(await smsProvider(provider)) && !otherProviders.has(name)) {
          return [{message: `no server knows the provider '${provider}'.`}]
        }
        if (name !== 'HttpSMSProvider') return []
        // Only the connection: whatever is requested might send a message.
        const address = /^(https?):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/?#]+)(?::(\d+))?/i.exec(options['URL'] ?? '')
        if (!address) return [{message: 'its URL is no web address.'}]
        const [, scheme = '', host = '', port] = address
        await reach(
          host.replace(/^\[|\]$/g, ''),
          Number(port ?? (scheme.toLowerCase() === 'https' ? 443 : 80)),
          env.answerMs,
        )
        return []
      }),
  },
]

/** Providers of the originals that this tool does not send through. */
const otherProviders = new Set(['FirebaseProvider', 'HttpMessageToUidProvider', 'SipgateSMSProvider'])

async function eachServer(
  env: DoctorEnv,
  kind: string,
  look: (server: ServerSettings) => Promise<readonly Fault[]>,
): Promise<Outcome> {
  await env.database()
  const servers = await env.servers(kind)
  if (servers.length === 0) return {skipped: 'There are none.'}
  const found = await Promise.all(
    servers.map(async (server) => {
      const faults = await look(server).catch((error: unknown) => {
        if (!(error instanceof PiError)) throw error
        return [{message: error.message}]
      })
      return faults.map((fault): Fault => ({...fault, message: `'${server.name}': ${fault.message}`}))
    }),
  )
  return outcome(`${servers.length} servers`, found.flat())
}

/** @throws PiError UNAVAILABLE */
async function reach(host: string, port: number, timeoutMs: number): Promise<void> {
  const socket = connect({host, port, timeout: timeoutMs})
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('timeout', () => reject(new Error('no answer')))
      socket.once('error', reject)
    })
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? reasonOf(error)
    throw new PiError('UNAVAILABLE', `${host}:${port} cannot be reached: ${why}.`, {cause: error})
  } finally {
    socket.destroy()
  }
}
