import {createPrivateKey} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {
  credentials,
  loadPackageDefinition,
  status as grpcStatus,
  type ChannelCredentials,
  type Client,
  type ServiceError,
} from '@grpc/grpc-js'
import {loadSync} from '@grpc/proto-loader'
import {PiError, reasonOf} from '../../../errors.js'
import type {CaEnv} from '../../contract.js'

/** The description of the service, in the package beside `src` and `dist`. */
const protoFile = fileURLToPath(new URL('../../../../../proto/ca-service.proto', import.meta.url))

const readyMs = 3_000
/** A CA may ask a directory before it answers. */
const callMs = 30_000

interface Status {
  code: number
  message: string
}

type Reply = Record<string, unknown> & {status?: Status | null}
type Call = (
  request: object,
  options: {deadline: Date},
  done: (error: ServiceError | null, reply: Reply) => void,
) => void

/** The connection to the worker that runs beside a Microsoft CA (spec/11 §E3). */
export class Worker {
  readonly #client: Client & Record<string, Call>
  readonly #address: string

  private constructor(client: Client & Record<string, Call>, address: string) {
    this.#client = client
    this.#address = address
  }

  /** Connects, and waits until the worker is there. @throws PiError CONFIG (TLS files), UNAVAILABLE */
  static async connect({settings, directory}: Pick<CaEnv, 'directory' | 'settings'>): Promise<Worker> {
    const address = `${settings['hostname']}:${settings['port']}`
    const description = loadPackageDefinition(loadSync(protoFile, {keepCase: true, longs: Number, defaults: true}))
    const Service = description['CAService'] as unknown as new (
      address: string,
      credentials: ChannelCredentials,
      options: object,
    ) => Client & Record<string, Call>
    const client = new Service(address, await channelCredentials(settings, directory), {
      'grpc.enable_http_proxy': isTrue(settings['http_proxy']) ? 1 : 0,
    })
    const worker = new Worker(client, address)
    await new Promise<void>((resolve, reject) =>
      client.waitForReady(new Date(Date.now() + readyMs), (error) => {
        if (!error) return resolve()
        client.close()
        reject(
          new PiError('UNAVAILABLE', `The worker of the Microsoft CA, ${address}, does not answer.`, {
            hints: ['Settings hostname, port and use_ssl of the connector; see pi-manage ca show'],
            cause: error,
          }),
        )
      }),
    )
    return worker
  }

  /** One call; a reply whose status says "failed" is a failure. @throws PiError UNAVAILABLE, REFUSED */
  async call<R extends object>(name: string, request: object): Promise<R> {
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#client[name]!(request, {deadline: new Date(Date.now() + callMs)}, (error, answer) => {
        if (!error) resolve(answer)
        else reject(this.#failure(name, error))
      })
    })
    if (reply.status && reply.status.code !== 0) {
      throw new PiError('REFUSED', `The Microsoft CA refused ${name}: ${plain(reply.status.message)}`)
    }
    return reply as R
  }

  close(): void {
    this.#client.close()
  }

  #failure(name: string, error: ServiceError): PiError {
    if (error.code === grpcStatus.UNIMPLEMENTED) {
      return new PiError('REFUSED', `The worker of the Microsoft CA does not know ${name}.`, {
        hints: ['Revoking needs the worker of release 3.10 or later'],
        cause: error,
      })
    }
    return new PiError('UNAVAILABLE', `The worker ${this.#address} failed at ${name}: ${plain(error.details)}`, {
      cause: error,
    })
  }
}

/** What a remote side says, on one line. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\0-\x1f\x7f]+/g, ' ').trim() || 'no reason given'
}

/** With TLS both sides show a certificate. */
async function channelCredentials(settings: CaEnv['settings'], directory: string): Promise<ChannelCredentials> {
  if (!isTrue(settings['use_ssl'])) return credentials.createInsecure()
  const [root, certificate, key] = await Promise.all(
    ['ssl_ca_cert', 'ssl_client_cert', 'ssl_client_key'].map(async (name) => {
      const file = settings[name]
      if (!file) {
        throw new PiError('CONFIG', `The CA connector uses TLS (use_ssl), but has no ${name}.`, {
          hints: ['It needs ssl_ca_cert, ssl_client_cert and ssl_client_key'],
        })
      }
      try {
        return await readFile(path.resolve(directory, file))
      } catch (error) {
        throw new PiError('CONFIG', `${name} of the CA connector, ${file}, cannot be read: ${reasonOf(error)}`)
      }
    }),
  )
  return credentials.createSsl(root, opened(key!, settings['ssl_client_key_password']), certificate)
}

function opened(key: Buffer, passphrase: string | undefined): Buffer {
  try {
    const options = passphrase ? {key, passphrase} : {key}
    return Buffer.from(createPrivateKey(options).export({format: 'pem', type: 'pkcs8'}))
  } catch (error) {
    throw new PiError('CONFIG', 'The key ssl_client_key of the CA connector cannot be opened.', {
      hints: ['It must be PEM; its password is the setting ssl_client_key_password'],
      cause: error,
    })
  }
}

function isTrue(text: string | undefined): boolean {
  return /^(?:1|true|yes|on)$/i.test(text ?? '')
}
