import {availableParallelism} from 'node:os'
import {Flags} from '@oclif/core'
import type {App} from '../../app.js'
import {AppCommand} from '../../cli/app-command.js'

export default class ValidateServe extends AppCommand<typeof ValidateServe> {
  static override audited = false
  static override summary = 'Answer login checks over HTTP.'
  static override description =
    'Serves /validate/check and its relatives as the original does, on the same database, beside running servers of the ' +
    'original or instead of them. Changes of the configuration are seen at the next request. SIGTERM ends it after ' +
    'everything that has begun is answered. /healthz tells load balancers whether it is ready.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Listen on port 8080 of this machine, behind a proxy',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --host 0.0.0.0 --port 443 --tls-cert chain.pem --tls-key key.pem --workers 4',
      description: 'Serve HTTPS with four processes',
    },
  ]
  static override flags = {
    host: Flags.string({default: '127.0.0.1', description: 'address to listen on', env: 'PI_MANAGE_HOST'}),
    port: Flags.integer({
      default: 8080,
      description: 'port to listen on; 0: any free one, told on standard error',
      env: 'PI_MANAGE_PORT',
      max: 65_535,
      min: 0,
    }),
    'tls-cert': Flags.string({
      dependsOn: ['tls-key'],
      description: 'certificate chain in PEM; serves HTTPS',
      env: 'PI_MANAGE_TLS_CERT',
      helpValue: 'FILE',
    }),
    'tls-key': Flags.string({
      dependsOn: ['tls-cert'],
      description: 'key of the certificate in PEM',
      env: 'PI_MANAGE_TLS_KEY',
      helpValue: 'FILE',
    }),
    workers: Flags.integer({
      description: 'processes that share the work (default: one a processor, one for SQLite)',
      env: 'PI_MANAGE_WORKERS',
      max: 256,
      min: 1,
    }),
  }

  /** The passphrase of an encrypted key, asked once by the main process. */
  #passphrase: string | undefined

  async run(): Promise<{ended: true}> {
    const {isWorker, receiveSecrets} = await import('../../server/workers.js')
    if (!isWorker()) {
      await this.#start()
      return {ended: true}
    }
    this.#passphrase = (await receiveSecrets())['enckeyPassword']
    await this.#serve(() => {})
    process.disconnect()
    return {ended: true}
  }

  protected override async askEnckeyPassword(): Promise<string> {
    this.#passphrase ??= await super.askEnckeyPassword()
    return this.#passphrase
  }

  async #start(): Promise<void> {
    const count = await this.withApp(async (app) => this.#countWorkers(app))
    if (count === 1) return this.#serve((url) => this.#announce(url))
    const {host, 'tls-cert': cert} = this.flags
    const shown = host.includes(':') ? `[${host}]` : host
    const {runWorkers} = await import('../../server/workers.js')
    await runWorkers({
      count,
      listening: ({port}) => this.#announce(`${cert ? 'https' : 'http'}://${shown}:${port}`),
      secrets: this.#passphrase === undefined ? {} : {enckeyPassword: this.#passphrase},
      stop: this.interruption,
      warn: (message) => this.#warn(message),
    })
  }

  /** Also finds out, before any worker starts, whether database and key can be opened. */
  async #countWorkers(app: App): Promise<number> {
    const database = await app.database()
    await app.security()
    return this.flags.workers ?? (database.dialect === 'sqlite' ? 1 : availableParallelism())
  }

  async #serve(listening: (url: string) => void): Promise<void> {
    const {serve} = await import('../../server/serve.js')
    const {host, port, 'tls-cert': tlsCert, 'tls-key': tlsKey} = this.flags
    const ended = stopSignal(this.interruption)
    await this.withApp(async (app) => {
      const serving = await serve(app, {host, port, tlsCert, tlsKey, warn: (message) => this.#warn(message)})
      listening(serving.url)
      await ended
      await serving.drain()
    })
  }

  #announce(url: string): void {
    process.stderr.write(`Listening on ${url}\n`)
  }

  #warn(message: string): void {
    process.stderr.write(`${new Date().toISOString()} ${message}\n`)
  }
}

/** SIGTERM, or an interrupt from a terminal. */
function stopSignal(interruption: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    interruption.addEventListener('abort', () => resolve(), {once: true})
  })
}
