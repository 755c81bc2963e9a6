import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {openModuleAlone, type RotationSources} from '../../src/hsm/registry.js'
import {rotationPorts} from '../../src/hsm/rotation-ports.js'
import {loadSettings} from '../../src/lib/config/load.js'
import type {Settings} from '../../src/lib/config/settings.js'
import {decryptPin, decryptTokenSecret, decryptValue} from '../../src/lib/crypto/secret-values.js'
import type {Database} from '../../src/lib/db/database.js'
import type {SecurityModule} from '../../src/lib/security-module.js'
import {isIntact} from '../../src/lib/services/enckey/index.js'
import {databaseNameOf} from '../../src/lib/services/key-rotation/database-name.js'
import {KeyRotationService, type RotationEnv} from '../../src/lib/services/key-rotation/index.js'
import {EncryptedValueRepository} from '../../src/lib/store/encrypted-values.js'

export interface RotationTest {
  settings: Settings
  service: KeyRotationService
  audit: {action: string; info: string}[]
  notices: string[]
}

/** The rotation service of an installation, as the program makes it. */
export async function rotationOf(
  config: string,
  db: Database,
  {sources = {}, ...env}: Partial<RotationEnv> & {sources?: RotationSources} = {},
): Promise<RotationTest> {
  const settings = await loadSettings({configFile: config, env: {}})
  const audit: RotationTest['audit'] = []
  const notices: string[] = []
  const service = new KeyRotationService({
    settings,
    db,
    databaseName: databaseNameOf(settings.required('SQLALCHEMY_DATABASE_URI'), join(config, '..')),
    notice: (message) => notices.push(message),
    ports: {
      ...rotationPorts(settings, sources),
      audit: async (action, info) => void audit.push({action, info}),
    },
    ...env,
  })
  return {settings, service, audit, notices}
}

/** The module that a configuration file names now, without regard to any rotation. */
export async function moduleOf(config: string, sources: RotationSources = {}): Promise<SecurityModule> {
  return openModuleAlone(await loadSettings({configFile: config, env: {}}), sources)
}

/** Every encrypted value as clear text, by place and row; `!` for one that does not decrypt. */
export async function clearTexts(db: Database, module: SecurityModule): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for await (const page of new EncryptedValueRepository(db).pages()) {
    for (const value of page) {
      const {place, id, stored, iv = ''} = value
      const where = `${place.table}.${place.column} ${id}`
      if (!(await isIntact(value, module))) {
        texts[where] = '!'
        continue
      }
      const clear =
        place.form === 'pair'
          ? decryptValue(module, stored)
          : place.form === 'pin'
            ? decryptPin(module, stored)
            : decryptTokenSecret(module, {ciphertext: stored, iv}).then((bytes) => bytes.toString('latin1'))
      texts[where] = await clear
    }
  }
  return texts
}

/** An empty folder below another. */
export function subfolder(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path, {recursive: true})
  return path
}
