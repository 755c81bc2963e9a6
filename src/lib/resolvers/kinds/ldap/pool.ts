import {setTimeout as sleep} from 'node:timers/promises'
import {ResultCodeError, type Client} from 'ldapts'
import {PiError, reasonOf} from '../../../errors.js'
import {openClient, oneLine, resultText, Unreachable, type Credentials} from './client.js'
import type {LdapConfig, LdapServer} from './settings.js'

/** Result codes by which a bind says no to this user; others tell about the server. */
const refusals = [19, 32, 34, 48, 49, 50, 53]

/**
 * The servers of a directory. They are tried in the configured order; one that cannot be reached is left out for a while;
 * after a round in which none answered there is a pause, and at last a failure (spec/10 §4.2, pool).
 */
export class ServerPool {
  readonly #config: LdapConfig
  readonly #pauseMs: number
  readonly #now: () => number
  readonly #deadUntil = new Map<LdapServer, number>()
  #next = 0
  #service: Promise<Client> | undefined

  /** @param pauseSeconds between two rounds @param now milliseconds */
  constructor(config: LdapConfig, pauseSeconds: number, now: () => number = Date.now) {
    this.#config = config
    this.#pauseMs = pauseSeconds * 1000
    this.#now = now
  }

  /**
   * Asks the directory as the account of the resolver. The connection is kept; when the server has closed it meanwhile,
   * the question is asked once more on a new one.
   * @throws ResultCodeError as the server answers; PiError UNAVAILABLE when none does
   */
  async ask<R>(question: (client: Client) => Promise<R>): Promise<R> {
    const reused = this.#service !== undefined
    const client = await this.#serviceClient()
    try {
      return await question(client)
    } catch (error) {
      if (error instanceof ResultCodeError || error instanceof PiError) throw error
      await this.#drop(client)
      if (reused) return this.ask(question)
      throw new PiError('UNAVAILABLE', `The directory does not answer: ${oneLine(reasonOf(error))}`, {cause: error})
    }
  }

  /**
   * Asks as the account of the resolver for what comes in pages, on a connection of its own: a server keeps the state of
   * one paged search for each.
   * @throws ResultCodeError as the server answers; PiError UNAVAILABLE
   */
  async *pages<R>(question: (client: Client) => AsyncIterable<R>): AsyncIterable<R> {
    const client = await this.#openService()
    try {
      yield* question(client)
    } catch (error) {
      if (error instanceof ResultCodeError || error instanceof PiError) throw error
      throw new PiError('UNAVAILABLE', `The directory stopped answering: ${oneLine(reasonOf(error))}`, {cause: error})
    } finally {
      await client.unbind().catch(() => undefined)
    }
  }

  /** Whether the directory lets somebody in with this password. @throws PiError UNAVAILABLE when it cannot say */
  async accepts(who: Credentials): Promise<boolean> {
    if (who.dn === '' || who.password === '') return false
    try {
      const client = await this.#open(who)
      await client.unbind().catch(() => undefined)
      return true
    } catch (error) {
      if (error instanceof ResultCodeError && refusals.includes(error.code)) return false
      throw bindFailure(error, who.dn)
    }
  }

  async close(): Promise<void> {
    const client = await this.#service?.catch(() => undefined)
    this.#service = undefined
    await client?.unbind().catch(() => undefined)
  }

  async #serviceClient(): Promise<Client> {
    const kept = await this.#service?.catch(() => undefined)
    if (kept?.isConnected) return kept
    if (kept) await this.#drop(kept)
    if (!this.#service) {
      const opening = this.#openService()
      this.#service = opening
      opening.catch(() => {
        if (this.#service === opening) this.#service = undefined
      })
    }
    return this.#service
  }

  async #openService(): Promise<Client> {
    const {bindType, bindDn, bindPassword} = this.#config
    const who = bindType === 'anonymous' ? {dn: '', password: ''} : {dn: bindDn, password: bindPassword}
    try {
      return await this.#open(who)
    } catch (error) {
      throw bindFailure(error, who.dn)
    }
  }

  async #drop(client: Client): Promise<void> {
    const current = await this.#service?.catch(() => undefined)
    if (current === client) this.#service = undefined
    await client.unbind().catch(() => undefined)
  }

  /** @throws ResultCodeError when the bind is refused; PiError */
  async #open(who: Credentials): Promise<Client> {
    const {rounds, skipSeconds, persistent} = this.#config.pool
    const servers = this.#inOrder()
    if (!persistent) this.#deadUntil.clear()
    const failures = new Map<LdapServer, string>()
    for (let round = 1; ; round++) {
      const alive = servers.filter((server) => (this.#deadUntil.get(server) ?? 0) <= this.#now())
      for (const server of alive.length > 0 ? alive : servers) {
        try {
          return await openClient(server, this.#config, who)
        } catch (error) {
          if (!(error instanceof Unreachable)) throw error
          failures.set(server, error.message)
          this.#deadUntil.set(server, this.#now() + skipSeconds * 1000)
        }
      }
      if (round >= rounds) break
      await sleep(this.#pauseMs)
    }
    throw new PiError('UNAVAILABLE', `No server of the directory answers: ${[...failures.values()].join('; ')}`, {
      hints: ['Look at LDAPURI, and whether the servers run'],
    })
  }

  #inOrder(): LdapServer[] {
    const {servers, pool} = this.#config
    if (pool.strategy === 'FIRST') return [...servers]
    const start = pool.strategy === 'RANDOM' ? Math.floor(Math.random() * servers.length) : this.#next++
    return servers.map((_server, index) => servers[(start + index) % servers.length]!)
  }
}

function bindFailure(error: unknown, dn: string): unknown {
  if (!(error instanceof ResultCodeError)) return error
  const who = dn === '' ? 'without an account' : `as '${dn}'`
  return new PiError('UNAVAILABLE', `The directory refuses the bind ${who}: ${resultText(error)}.`, {
    hints: ['Look at BINDDN, BINDPW and AUTHTYPE'],
    cause: error,
  })
}
