import type {DoctorEnv, ServerSettings, StoreTest} from '../lib/doctor/contract.js'
import {PiError, reasonOf} from '../lib/errors.js'
import type {DoctorService} from '../lib/services/doctor/index.js'
import type {UserService} from '../lib/services/users.js'
import type {ConfigurationServices} from './configuration.js'
import type {CoreServices} from './core.js'
import type {KeyServices} from './keys.js'
import {once, type AppOptions} from './options.js'
import type {PeopleServices} from './people.js'

/** Looking at the whole installation. */
export interface DoctorServices {
  doctor(options: DoctorOptions): Promise<DoctorService>
}

export interface DoctorOptions {
  /** What `AppOptions.warn` was told so far. */
  warnings: readonly string[]
  /** Milliseconds that one server or user store gets to answer. */
  answerMs: number
  /** Replaces parts of what checks are given, e.g. limits. */
  overrides?: Partial<DoctorEnv>
}

export function doctorServices(
  {env}: AppOptions,
  core: CoreServices,
  {enckey}: KeyServices,
  {users}: PeopleServices,
  {configObjects, events, policies}: ConfigurationServices,
): DoctorServices {
  const doctor = async ({answerMs, overrides, warnings}: DoctorOptions) => {
    const {DoctorService, defaultLimits, fileSystem} = await import('../lib/services/doctor/index.js')
    const {auditDatabase, database, schema, security, settings} = core
    const ports: DoctorEnv = {
      ...fileSystem,
      now: new Date(),
      limits: defaultLimits,
      answerMs,
      env,
      warnings,
      settings,
      database,
      auditDatabase,
      security,
      schemaCheck: async () => (await schema()).check(),
      encryptionCheck: async () => (await enckey()).check(),
      async hsmChecks() {
        const {examineHsm} = await import('../hsm/doctor.js')
        return (await examineHsm({settings: await settings(), openModule: security})).checks
      },
      async permissions() {
        const {fixPermissions} = await import('../lib/services/permissions.js')
        return fixPermissions(await settings(), {check: true})
      },
      async unfinishedRotation() {
        const {readRunState, runStatePath} = await import('../lib/services/key-rotation/run-state.js')
        const path = runStatePath(await settings())
        const phase = path === undefined ? undefined : readRunState(path)?.phase
        return phase === 'done' || phase === 'aborted' ? undefined : phase
      },
      sweeps: once(async () => {
        const {collectGarbage} = await import('../lib/services/gc/run.js')
        return collectGarbage(await database(), {dryRun: true})
      }),
      policyFindings: once(async () => (await policies()).lint()),
      eventFindings: once(async () => {
        const handlers = await events()
        const active = new Set((await handlers.list()).filter((handler) => handler.active).map(({name}) => name))
        const findings = await handlers.lint()
        return {active: active.size, findings: findings.filter(({event}) => active.has(event))}
      }),
      testResolvers: async () => testResolvers(await users(), answerMs),
      async servers(kind) {
        const objects = await configObjects()
        const [known] = objects.kinds([kind])
        const found = known && (await objects.read({kinds: [kind], form: 'clear'})).get(known)
        return [...(found ?? [])].map(([name, document]): ServerSettings => ({name, settings: document}))
      },
    }
    return new DoctorService({...ports, ...overrides})
  }
  return {doctor}
}

async function testResolvers(users: UserService, answerMs: number): Promise<StoreTest[]> {
  const {resolvers} = await users.directory()
  return Promise.all(
    [...resolvers.values()].map(async ({name, type}) => {
      try {
        // Opening is lazy: the time is that of the store.
        const resolver = await users.resolver(name)
        const {message, ok} = await inTime(resolver.test(), answerMs)
        return {name, type, ok, message}
      } catch (error) {
        return {name, type, ok: false, message: reasonOf(error)}
      }
    }),
  )
}

async function inTime<R>(work: Promise<R>, ms: number): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PiError('UNAVAILABLE', `It does not answer within ${ms / 1000} s.`)), ms)
  })
  return Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
