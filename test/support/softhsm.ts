import {execFileSync, spawn, type ChildProcess} from 'node:child_process'
import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {removeFolder, temporaryFolder} from './folders.js'

const libraries = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
]
const clients = [
  '/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so',
  '/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-client.so',
  '/usr/lib64/pkcs11/p11-kit-client.so',
]

/** Whether SoftHSM2 and its tool are there. */
export function hasSoftHsm(): boolean {
  return firstOf(libraries) !== undefined && isProgram('softhsm2-util')
}

/** Whether p11-kit's server and its client module are there. */
export function hasP11Kit(): boolean {
  return firstOf(clients) !== undefined && isProgram('p11-kit')
}

/** Whether OpenSC's pkcs11-tool is there. */
export function hasPkcs11Tool(): boolean {
  return isProgram('pkcs11-tool')
}

/** A token of a {@link SoftHsm}. */
export interface SoftToken {
  readonly label: string
  readonly slot: number
  readonly serial: string
  readonly pin: string
  readonly soPin: string
}

/** A SoftHSM2 with a token folder of its own, removed at the end. */
export class SoftHsm {
  readonly folder: string
  readonly library: string
  /** For the environment of programs that are to use it. */
  readonly env: {SOFTHSM2_CONF: string}

  /**
   * @param options `mechanisms`: as `slots.mechanisms` of softhsm2.conf, e.g. `CKM_RSA_PKCS`; `thisProcess`: this process
   *   is to use it too, which works for one SoftHsm at a time
   */
  constructor({mechanisms = 'ALL', thisProcess = true} = {}) {
    const library = firstOf(libraries)
    if (!library) throw new Error('SoftHSM2 is missing: apt-get install softhsm2')
    this.library = library
    this.folder = temporaryFolder('softhsm')
    const file = join(this.folder, 'softhsm2.conf')
    mkdirSync(join(this.folder, 'tokens'))
    writeFileSync(
      file,
      [
        `directories.tokendir = ${join(this.folder, 'tokens')}`,
        'objectstore.backend = file',
        'log.level = ERROR',
        'slots.removable = false',
        `slots.mechanisms = ${mechanisms}`,
        '',
      ].join('\n'),
    )
    this.env = {SOFTHSM2_CONF: file}
    if (thisProcess) process.env['SOFTHSM2_CONF'] = file
  }

  addToken(label: string, {pin = 'user-pin-1234', soPin = 'so-pin-5678'} = {}): SoftToken {
    const out = this.#run('softhsm2-util', [
      '--init-token',
      '--free',
      '--label',
      label,
      '--pin',
      pin,
      '--so-pin',
      soPin,
    ])
    const slot = Number(/reassigned to slot (\d+)/.exec(out)?.[1])
    const serial = this.serials().get(label)
    if (!Number.isInteger(slot) || serial === undefined) throw new Error(`softhsm2-util: ${out}`)
    return {label, slot, serial, pin, soPin}
  }

  /** Serial numbers by token label. */
  serials(): Map<string, string> {
    const serials = new Map<string, string>()
    let serial = ''
    for (const line of this.#run('softhsm2-util', ['--show-slots']).split('\n')) {
      serial = /Serial number:\s*(\S+)/.exec(line)?.[1] ?? serial
      const label = /Label:\s*(\S.*?)\s*$/.exec(line)?.[1]
      if (label) serials.set(label, serial)
    }
    return serials
  }

  /** Runs OpenSC's pkcs11-tool on a token, logged in; gives its standard output. */
  pkcs11Tool(token: SoftToken, args: readonly string[]): string {
    return this.#run('pkcs11-tool', [
      '--module',
      this.library,
      '--login',
      '--pin',
      token.pin,
      '--token-label',
      token.label,
      ...args,
    ])
  }

  /** Settings of an AES HSM module on a token. */
  aesSettings(
    token: SoftToken,
    labels: Partial<Record<'token' | 'config' | 'value', string>> = {},
  ): Record<string, string> {
    return {
      PI_HSM_MODULE: 'privacyidea.lib.security.aeshsm.AESHardwareSecurityModule',
      PI_HSM_MODULE_MODULE: this.library,
      PI_HSM_MODULE_TOKEN_SERIAL: token.serial,
      PI_HSM_MODULE_PASSWORD: token.pin,
      ...Object.fromEntries(
        Object.entries(labels).map(([slot, label]) => [`PI_HSM_MODULE_KEY_LABEL_${slot.toUpperCase()}`, label]),
      ),
    }
  }

  remove(): void {
    if (process.env['SOFTHSM2_CONF'] === this.env.SOFTHSM2_CONF) delete process.env['SOFTHSM2_CONF']
    removeFolder(this.folder)
  }

  #run(program: string, args: readonly string[]): string {
    return execFileSync(program, args, {
      encoding: 'utf8',
      env: {...process.env, ...this.env},
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}

/**
 * p11-kit's server before a {@link SoftHsm}: a module whose device can be taken away and given back while programs use it.
 */
export class P11KitServer {
  readonly library: string
  readonly env: {P11_KIT_SERVER_ADDRESS: string}
  readonly #hsm: SoftHsm
  readonly #socket: string
  #child: ChildProcess | undefined

  constructor(hsm: SoftHsm, {thisProcess = true} = {}) {
    const library = firstOf(clients)
    if (!library) throw new Error('p11-kit-client.so is missing: apt-get install p11-kit p11-kit-modules')
    this.library = library
    this.#hsm = hsm
    this.#socket = join(hsm.folder, 'p11.sock')
    this.env = {P11_KIT_SERVER_ADDRESS: `unix:path=${this.#socket}`}
    if (thisProcess) process.env['P11_KIT_SERVER_ADDRESS'] = this.env.P11_KIT_SERVER_ADDRESS
  }

  /** Offers tokens, in the order that SoftHSM has them; resolves when it answers. */
  async start(tokens: readonly SoftToken[]): Promise<void> {
    // A group of its own: the server starts a process for each client, and all are to die with it.
    const uris = tokens.map(({serial}) => `pkcs11:serial=${serial}`)
    this.#child = spawn('p11-kit', ['server', '-f', '--provider', this.#hsm.library, '-n', this.#socket, ...uris], {
      detached: true,
      env: {...process.env, ...this.#hsm.env},
      stdio: 'ignore',
    })
    for (let waited = 0; !existsSync(this.#socket); waited += 20) {
      if (waited > 10_000) throw new Error('p11-kit server does not start')
      await sleep(20)
    }
  }

  /** As by kill -9: every client loses its device at once. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined) return
    this.#child = undefined
    const ended = new Promise((resolve) => child.once('exit', resolve))
    process.kill(-child.pid, 'SIGKILL')
    await ended
    execFileSync('rm', ['-f', this.#socket])
  }
}

function firstOf(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path))
}

function isProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)))
}
