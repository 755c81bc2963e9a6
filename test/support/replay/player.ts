import {readFileSync, rmSync, writeFileSync} from 'node:fs'
import {Clock} from '../clock.js'
import {fixture} from '../folders.js'
import {startHttpSink, type HttpSink, type SinkRequest} from '../http-sink.js'
import {fixtureInstance, type Instance} from '../instance.js'
import {readState} from '../rows.js'
import {startServer} from '../server.js'
import {startSmtpSink, type SinkMail, type SmtpSink} from '../smtp-sink.js'
import {SqliteFile} from '../sqlite-file.js'
import {recordedForm, recordedTables, withoutRepeatedInfo} from './changes.js'
import {send} from './client.js'
import {judgeDeviation} from './deviations.js'
import {judge, type Outcome} from './judge.js'
import {Names} from './names.js'
import type {Scenario, Step} from './transcript.js'

export interface StepResult {
  step: Step
  /** Empty when all agrees. */
  differences: string[]
  outcome: Outcome | undefined
}

export interface ScenarioResult {
  scenario: string
  steps: StepResult[]
  agreeing: number
  /** What the server wrote to standard error. */
  log: string
}

/** Ports of the sinks as they are written in the recording. */
const recordedPorts = {smtp: 5402, http: 5403}

/**
 * Plays recorded scenarios against `validate serve`: one folder and one pair of sinks for all, for each scenario a
 * fresh database and a fresh server whose clock is moved from outside.
 */
export class Player {
  readonly #instance: Instance
  readonly #smtp: SmtpSink
  readonly #http: HttpSink
  readonly #sent: (SinkMail | SinkRequest)[]

  private constructor(instance: Instance, smtp: SmtpSink, http: HttpSink, sent: (SinkMail | SinkRequest)[]) {
    this.#instance = instance
    this.#smtp = smtp
    this.#http = http
    this.#sent = sent
  }

  static async start(): Promise<Player> {
    const sent: (SinkMail | SinkRequest)[] = []
    const smtp = await startSmtpSink({
      refuses: (recipient) => recipient.includes('refuse'),
      onMail: (mail) => sent.push(mail),
    })
    const http = await startHttpSink(
      ({path}) => (path === '/fail' ? {status: 500, body: 'ERROR'} : {body: 'ID 12345'}),
      {onRequest: (request) => sent.push(request)},
    )
    return new Player(await fixtureInstance('http'), smtp, http, sent)
  }

  async stop(): Promise<void> {
    await this.#smtp.stop()
    await this.#http.stop()
    this.#instance.remove()
  }

  async play({name, steps}: Scenario): Promise<ScenarioResult> {
    const {config, database, folder} = this.#instance
    writeFileSync(database, readFileSync(fixture('interop/http/base.sqlite')))
    const clock = new Clock((steps[0]?.clock ?? 0) - 1)
    const db = await SqliteFile.open(database)
    await db.runAll([
      `UPDATE smtpserver SET port = ${this.#smtp.port} WHERE port = ${recordedPorts.smtp}`,
      `UPDATE smsgatewayoption SET "Value" = replace("Value", ':${recordedPorts.http}/', ':${this.#http.port}/')`,
    ])
    const server = await startServer({config, cwd: folder, clock})
    const results: StepResult[] = []
    try {
      const names = new Names()
      const bodies = new Map<string, unknown>()
      const sentBy = new Map<string, unknown>()
      const known = new Set((await db.all('SELECT serial FROM token')).map((row) => String(row['serial'])))
      for (const step of steps) {
        results.push(await this.#playStep(step, {clock, db, url: server.url, names, bodies, sentBy, known}))
      }
    } finally {
      await server.stop()
      await db.close()
      for (const suffix of ['-wal', '-shm', '-journal']) rmSync(`${database}${suffix}`, {force: true})
    }
    return {
      scenario: name,
      steps: results,
      agreeing: results.filter(({differences}) => differences.length === 0).length,
      log: server.stderr(),
    }
  }

  async #playStep(recorded: Step, run: Run): Promise<StepResult> {
    const {clock, db, names} = run
    clock.set(recorded.clock, {running: recorded.clock_runs === true})
    names.keepGiven(recorded)
    if (recorded.sql) await db.runAll(recorded.sql.map((statement) => this.#withOurPorts(names.translate(statement))))
    this.#sent.splice(0)
    const before = await readState(db, recordedTables)
    const earlier = {body: (id: string) => run.bodies.get(id), sent: (id: string) => run.sentBy.get(id)}
    let outcome: Outcome | undefined
    try {
      const answer = await send(run.url, names.translate(recorded.request), earlier)
      const after = await readState(db, recordedTables)
      outcome = {answer, changes: recordedForm(before, after), sent: [...this.#sent]}
    } catch (error) {
      return {
        step: recorded,
        differences: [`no answer: ${error instanceof Error ? error.message : String(error)}`],
        outcome,
      }
    }
    this.#learn(recorded, outcome, run)
    const translated = names.translate(recorded)
    const step = {...translated, db_after: withoutRepeatedInfo(translated.db_after, before)}
    const differences = step.deviate ? judgeDeviation(step, outcome) : judge(step, outcome)
    if (step.deviate) await adopt(step, db)
    return {step, differences, outcome}
  }

  #learn(recorded: Step, {answer, changes, sent}: Outcome, {names, bodies, sentBy, known}: Run): void {
    bodies.set(recorded.id, answer.body)
    sentBy.set(recorded.id, sent)
    names.learnTransactions(recorded.response.body, answer.body)
    const tokens = Object.keys(changes.token ?? {})
    names.learnSerials(
      recorded.generated_serials ?? [],
      tokens.filter((serial) => !known.has(serial)),
    )
    // A challenge that the answer does not name is known by the token it belongs to.
    const ours = changes.challenge?.added ?? []
    for (const row of recorded.db_after.challenge?.added ?? []) {
      const match = ours.find((candidate) => names.translate(row['serial']) === candidate['serial'])
      if (match) names.learn(String(row['transaction_id']), String(match['transaction_id']))
    }
  }

  #withOurPorts(statement: string): string {
    return statement.replaceAll(`127.0.0.1:${recordedPorts.http}`, `127.0.0.1:${this.#http.port}`)
  }
}

interface Run {
  clock: Clock
  db: SqliteFile
  url: string
  names: Names
  bodies: Map<string, unknown>
  sentBy: Map<string, unknown>
  known: Set<string>
}

/**
 * After a step in which we do otherwise: makes tokens what the recording goes on from, so that later steps can agree.
 */
async function adopt({db_after, response}: Step, db: SqliteFile): Promise<void> {
  for (const [serial, columns] of Object.entries(db_after.token ?? {})) {
    for (const [column, value] of Object.entries(columns ?? {})) {
      await db.run(`UPDATE token SET "${column}" = ? WHERE serial = ?`, [value, serial])
    }
  }
  for (const [serial, entries] of Object.entries(db_after.tokeninfo ?? {})) {
    for (const [key, value] of Object.entries(entries)) {
      if (response.volatile.includes(`db:tokeninfo.${key}`)) continue
      await db.run('DELETE FROM tokeninfo WHERE "Key" = ? AND token_id = (SELECT id FROM token WHERE serial = ?)', [
        key,
        serial,
      ])
      if (value === null) continue
      const row = typeof value === 'string' ? {value, type: null} : value
      await db.run(
        'INSERT INTO tokeninfo (token_id, "Key", "Value", "Type") VALUES ((SELECT id FROM token WHERE serial = ?), ?, ?, ?)',
        [serial, key, row.value, row.type],
      )
    }
  }
  for (const {serial, transaction_id: id} of db_after.challenge?.removed ?? []) {
    await db.run('DELETE FROM challenge WHERE serial = ? AND transaction_id = ?', [serial, id])
  }
}
