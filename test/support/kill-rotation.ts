import {spawn} from 'node:child_process'
import {createHmac} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {encryptTokenSecret} from '../../src/lib/crypto/secret-values.js'
import {readMarker} from '../../src/lib/services/key-rotation/marker.js'
import {readRunState, type Phase} from '../../src/lib/services/key-rotation/run-state.js'
import type {SecurityModule} from '../../src/lib/security-module.js'
import type {TestDatabases} from './database.js'
import {programEnv, programFile} from './program.js'
import {clearTexts, moduleOf, rotationOf} from './rotation.js'
import {startServer, type RunningServer} from './server.js'
import {addToken, smallInstance, type SmallInstance} from './small-instance.js'

const seed = '3132333435363738393031323334353637383930'
const phases: readonly Phase[] = ['preparing', 'rewriting', 'closing', 'finishing']

/** A rotation that is killed again and again while a client logs in and a program writes tokens. */
export class KilledRotation {
  readonly #instance: SmallInstance
  readonly #server: RunningServer
  readonly #writer: SecurityModule
  readonly #tokens: number
  readonly killedIn = new Map<string, number>()
  #stop = false
  #accepted = 0
  #added = 0
  #failure: unknown
  #work: Promise<unknown> | undefined

  private constructor(instance: SmallInstance, server: RunningServer, writer: SecurityModule, tokens: number) {
    this.#instance = instance
    this.#server = server
    this.#writer = writer
    this.#tokens = tokens
  }

  static async start(open: Pick<TestDatabases, 'freshUri'>, tokens: number): Promise<KilledRotation> {
    const instance = await smallInstance(open, {tokens})
    const writer = await instance.openModule()
    const {ciphertext, iv} = await encryptTokenSecret(writer, seed)
    await instance.db.insert('token', [
      {
        serial: 'CLIENT',
        tokentype: 'hotp',
        active: true,
        key_enc: ciphertext,
        key_iv: iv,
        otplen: 6,
        maxfail: 1000,
        count_window: 10,
        count: 0,
      },
    ])
    const server = await startServer({config: instance.config, cwd: instance.folder})
    const killed = new KilledRotation(instance, server, writer, tokens)
    killed.#work = Promise.all([killed.#logIn(), killed.#write()]).catch((error: unknown) => {
      killed.#failure = error
    })
    return killed
  }

  get accepted(): number {
    return this.#accepted
  }

  get added(): number {
    return this.#added
  }

  /** Kills one rotation somewhere, then resumes it or takes it back, and looks at every value. */
  async kill(): Promise<void> {
    const {config, db} = this.#instance
    const child = spawn(
      process.execPath,
      [programFile('pi-manage'), 'enckey', 'rotate', '-C', config, '--yes', '--quiet', '--grace', '0'],
      {env: programEnv({}), stdio: 'ignore'},
    )
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    await this.#waitForMoment(child)
    child.kill('SIGKILL')
    await ended
    const {service} = await rotationOf(config, db)
    const phase = service.status()?.phase ?? 'none'
    this.killedIn.set(phase, (this.killedIn.get(phase) ?? 0) + 1)
    if (phase !== 'none' && phase !== 'done' && phase !== 'aborted') {
      if (phase === 'finishing' || phase.startsWith('abort') || Math.random() < 0.5) await service.resume({graceMs: 0})
      else await service.abort({graceMs: 0})
    }
    await this.check()
  }

  /** Every value decrypts with the keys of the configuration, no token is missing, and the counter is that of the logins. */
  async check(): Promise<void> {
    if (this.#failure) throw this.#failure
    const {config, db} = this.#instance
    const addedBefore = this.#added
    const module = await moduleOf(config)
    try {
      const texts = Object.entries(await clearTexts(db, module))
      const broken = texts.filter(([, text]) => text === '!')
      if (broken.length > 0) throw new Error(`${broken.length} values do not decrypt, e.g. ${broken[0]?.[0]}`)
      const secrets = texts.filter(([place]) => place.startsWith('token.key_enc'))
      const wanted = this.#tokens + addedBefore + 1
      if (secrets.length < wanted) throw new Error(`${secrets.length} secrets instead of ${wanted}`)
      const wrong = secrets.filter(([, text]) => text !== seed && !/^secret of \w+$/.test(text))
      if (wrong.length > 0) throw new Error(`the secret of ${wrong[0]?.[0]} is another one`)
    } finally {
      await module.close()
    }
    if ((await readMarker(db)) !== undefined) throw new Error('the mark in the database is left over')
  }

  /** Ends the client and the writer. @throws Error when the counter is not that of the logins */
  async stop(): Promise<void> {
    this.#stop = true
    await this.#work
    await this.#server.stop()
    await this.#writer.close()
    try {
      await this.check()
      const row = await this.#instance.db.k('token').where({serial: 'CLIENT'}).first()
      if (Number(row.count) !== this.#accepted)
        throw new Error(`the counter is ${row.count} after ${this.#accepted} logins`)
    } finally {
      await this.#instance.remove()
    }
  }

  /** Half of the time a moment in time, otherwise right after a phase began. */
  async #waitForMoment(child: {exitCode: number | null}): Promise<void> {
    if (Math.random() < 0.5) {
      await sleep(200 + Math.random() * 700)
      return
    }
    const path = `${this.#instance.config}.key-rotation`
    const before = readRunState(path)?.runId
    const phase = phases[Math.floor(Math.random() * phases.length)]
    while (child.exitCode === null) {
      const state = readRunState(path)
      if (state && state.runId !== before && state.phase === phase) break
      await sleep(1)
    }
    await sleep(Math.random() * 10)
  }

  async #logIn(): Promise<void> {
    while (!this.#stop) {
      const response = await fetch(`${this.#server.url}/validate/check`, {
        body: new URLSearchParams({serial: 'CLIENT', pass: hotp(this.#accepted)}),
        method: 'POST',
      })
      const answer = (await response.json()) as {result: {value?: boolean; error?: {message: string}}}
      if (answer.result.value !== true)
        throw new Error(`login ${this.#accepted} was refused: ${JSON.stringify(answer)}`)
      this.#accepted += 1
      await sleep(5)
    }
  }

  async #write(): Promise<void> {
    while (!this.#stop) {
      await addToken(this.#instance.db, this.#writer, `NEW${this.#added}`)
      this.#added += 1
      await sleep(20)
    }
  }
}

/** RFC 4226, six digits. */
function hotp(counter: number): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const digest = createHmac('sha1', Buffer.from(seed, 'hex')).update(message).digest()
  const offset = (digest.at(-1) ?? 0) & 0xf
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

/** Notes where a run was killed. */
export function summary(killed: KilledRotation): string {
  return [...killed.killedIn].map(([phase, count]) => `${phase} ${count}`).join(', ')
}
