import {auditServices, type AuditServices} from './app/audit.js'
import {backupServices, type BackupServices} from './app/backup.js'
import {authorityServices, type AuthorityServices} from './app/authorities.js'
import {configurationServices, type ConfigurationServices} from './app/configuration.js'
import {doctorServices, type DoctorServices} from './app/doctor.js'
import {coreServices, type CoreServices} from './app/core.js'
import {directoryServices, type DirectoryServices} from './app/directory.js'
import {keyServices, type KeyServices} from './app/keys.js'
import type {AppOptions} from './app/options.js'
import {peopleServices, type PeopleServices} from './app/people.js'
import {taskServices, type TaskServices} from './app/tasks.js'
import {tokenServices, type TokenServices} from './app/tokens.js'

export type {AppOptions} from './app/options.js'
export type {KeyRotationOptions} from './app/keys.js'

/**
 * The composition root: everything is opened on first use and closed together, so that a command needs only the
 * settings it uses. To add a service, add a field to a group in `app/`; a new group is a file there and a line below.
 */
export interface App
  extends
    AuditServices,
    BackupServices,
    AuthorityServices,
    CoreServices,
    KeyServices,
    PeopleServices,
    ConfigurationServices,
    TokenServices,
    DirectoryServices,
    DoctorServices,
    TaskServices {
  readonly options: AppOptions
  close(): Promise<void>
}

export async function openApp(options: AppOptions): Promise<App> {
  const closers: (() => Promise<void>)[] = []
  const onClose = (close: () => Promise<void>) => void closers.push(close)
  const core = coreServices(options, onClose)
  const people = peopleServices(core, onClose)
  const keys = keyServices(options, core)
  const configuration = configurationServices(options, core)
  return {
    options,
    ...core,
    ...auditServices(options, core),
    ...keys,
    ...people,
    ...configuration,
    ...directoryServices(core, people, configuration),
    ...authorityServices(options, core, configuration, people),
    ...tokenServices(core, people, onClose),
    ...taskServices(options, core, onClose),
    ...doctorServices(options, core, keys, people, configuration),
    ...backupServices(options, core, onClose),
    async close() {
      for (const close of closers.reverse()) await close()
    },
  }
}
