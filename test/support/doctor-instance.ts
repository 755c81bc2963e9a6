import {chmodSync, cpSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {openApp} from '../../src/app.js'
import type {DoctorEnv} from '../../src/lib/doctor/contract.js'
import type {DoctorReport, DoctorSelection} from '../../src/lib/services/doctor/index.js'
import {InstanceService} from '../../src/lib/services/instance/index.js'
import {removeFolder, temporaryFolder} from './folders.js'
import {SqliteFile, type SqlRow} from './sqlite-file.js'

/** A new installation that can be put back to how it was made. */
export interface DoctorInstance {
  readonly folder: string
  readonly config: string
  path(name: string): string
  /** Runs statements on its database; foreign keys are not enforced. */
  sql(...statements: string[]): Promise<void>
  query(sql: string): Promise<SqlRow[]>
  /** Adds lines to the configuration file, or replaces text in it. */
  configure(change: string | ((text: string) => string)): void
  examine(overrides?: Partial<DoctorEnv>, selection?: DoctorSelection): Promise<DoctorReport>
  /** As it was made. */
  restore(): void
  remove(): void
}

export async function doctorInstance(): Promise<DoctorInstance> {
  const [folder, pristine] = [temporaryFolder('doctor'), temporaryFolder('doctor-pristine')]
  const config = join(folder, 'pi.cfg')
  await new InstanceService({warn: () => {}}).init({
    directory: folder,
    product: 'privacyidea',
    admin: {username: 'admin', password: async () => 'canary-admin-password-7Hq2'},
  })
  cpSync(folder, pristine, {recursive: true, preserveTimestamps: true})
  const path = (name: string) => join(folder, name)
  return {
    folder,
    config,
    path,
    async sql(...statements) {
      const db = await SqliteFile.open(path('data.sqlite'))
      try {
        for (const statement of statements) await db.run(statement)
      } finally {
        await db.close()
      }
    },
    async query(sql) {
      const db = await SqliteFile.open(path('data.sqlite'))
      try {
        return await db.all(sql)
      } finally {
        await db.close()
      }
    },
    configure(change) {
      chmodSync(config, 0o600)
      const text = readFileSync(config, 'utf8')
      writeFileSync(config, typeof change === 'string' ? `${text}\n${change}\n` : change(text))
    },
    async examine(overrides = {}, selection = {}) {
      const warnings: string[] = []
      const app = await openApp({configFile: config, env: {}, warn: (message) => void warnings.push(message)})
      try {
        const doctor = await app.doctor({answerMs: 2000, warnings, overrides})
        return await doctor.examine(selection)
      } finally {
        await app.close()
      }
    },
    restore() {
      removeFolder(folder)
      cpSync(pristine, folder, {recursive: true, preserveTimestamps: true})
      chmodSync(folder, 0o700)
    },
    remove() {
      removeFolder(folder)
      removeFolder(pristine)
    },
  }
}
