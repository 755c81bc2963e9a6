import {readFile} from 'node:fs/promises'
import type {BackupService} from '../lib/services/backup/index.js'
import type {CoreServices} from './core.js'
import {once, passwordSources, type AppOptions, type OnClose} from './options.js'

/** Backups. */
export interface BackupServices {
  /** Making, checking and restoring backups. */
  backups(): Promise<BackupService>
}

export function backupServices(options: AppOptions, {settings}: CoreServices, onClose: OnClose): BackupServices {
  const warn = options.warn ?? (() => {})
  const backups = once(async () => {
    const [{BackupService}, {loadSettings}, {openModuleAlone}, {ModuleSettings}] = await Promise.all([
      import('../lib/services/backup/index.js'),
      import('../lib/config/load.js'),
      import('../hsm/registry.js'),
      import('../hsm/module-settings.js'),
    ])
    const {version} = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    const opened = new BackupService({
      toolVersion: `pi-manage ${version}`,
      warn,
      settings: () => settings(),
      settingsAt: (configFile) => loadSettings({configFile, env: options.env, warn}),
      security: (found, enckeyFile) =>
        openModuleAlone(
          enckeyFile === undefined ? found : new ModuleSettings(found, {PI_ENCFILE: enckeyFile}),
          passwordSources(options),
        ),
    })
    onClose(() => opened.close())
    return opened
  })
  return {backups}
}
