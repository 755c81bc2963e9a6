import {randomBytes} from 'node:crypto'
import type {ConfigEdit, NewValue} from '../../config/edit.js'
import type {Settings} from '../../config/settings.js'
import {PiError} from '../../errors.js'
import type {KeyLabels} from '../../security-module.js'
import type {FileSwitch, ModuleRef} from './run-state.js'
import type {HsmSettings, Target} from './target.js'

/** How the new keys come into being; each can be done again after a crash. */
export type KeyMaking =
  /** `as-before`: with the password of the present key file, if it has one. */
  | {kind: 'key-file'; path: string; encrypted: boolean | 'as-before'}
  | {kind: 'token-keys'; labels: KeyLabels}
  | {kind: 'wrapped-file'; path: string}
  | {kind: 'existing'}

/** Everything about a rotation that is known before it begins. */
export interface Plan {
  from: ModuleRef
  to: ModuleRef
  finalFrom: ModuleRef
  finalTo: ModuleRef
  switches: FileSwitch[]
  /** Made for the run, taken away when it is over. */
  temporaryFiles: string[]
  /** Key files that are sealed and removed when the run is done, or when it was aborted. */
  retireWhenDone: string[]
  retireWhenAborted: string[]
  making: KeyMaking
  /** What becomes of the configuration file; absent when only the key file changes. */
  configEdit?: ConfigEdit & {file: string}
}

export interface PlanOptions {
  settings: Settings
  target: Target
  runId: string
  /** File with the password or PIN of the new module. */
  newPasswordFile?: string | undefined
}

const defaultModule = 'security.default.DefaultSecurityModule'
const aesModule = 'security.aeshsm.AESHardwareSecurityModule'
const encryptKeyModule = 'security.encryptkey.EncryptKeyHardwareSecurityModule'
const comment = 'Security module, set by pi-manage enckey rotate'

/** @throws PiError CONFIG (no key file, no configuration file to change), REFUSED (nothing would change) */
export function makePlan(options: PlanOptions): Plan {
  const {settings, target} = options
  const current = currentModule(settings)
  if (target.kind === 'file') return toKeyFile(options, target)
  if (target.kind === 'aes-hsm') return toAesHsm(options, target.settings, target.labels, target.makeKeys)
  if (target.kind === 'encrypt-key-hsm') return toEncryptKeyHsm(options, target.settings, target.keyFile)
  if (current === aesModule) return newLabels(options)
  const setting = current === encryptKeyModule ? 'PI_HSM_MODULE_ENCFILE' : 'PI_ENCFILE'
  return sameFile(options, setting, current === encryptKeyModule)
}

/** The class of the configured module, without the product in front. */
export function currentModule(settings: Settings): string {
  return (settings.text('PI_HSM_MODULE') ?? defaultModule).replace(/^(privacyidea|edumfa)\.lib\./, '')
}

/** The key file gets other content; nothing else changes. */
function sameFile({settings, runId, newPasswordFile}: PlanOptions, setting: string, isWrapped: boolean): Plan {
  const path = settings.path(setting)
  if (path === undefined) throw new PiError('CONFIG', `There is no ${setting} in the configuration.`)
  const [next, previous] = [`${path}.new-${runId}`, `${path}.old-${runId}`]
  const password = newPasswordFile === undefined ? {givenPassword: true} : {passwordFile: newPasswordFile}
  const ref = (file: string): ModuleRef => ({description: `key file ${file}`, settings: {[setting]: file}})
  return {
    from: {...ref(previous), givenPassword: true},
    to: {...ref(next), ...password},
    finalFrom: {...ref(path), givenPassword: true},
    finalTo: {...ref(path), ...password},
    switches: [{path, next, previous}],
    temporaryFiles: [next, previous],
    retireWhenDone: [],
    retireWhenAborted: [],
    making: isWrapped
      ? {kind: 'wrapped-file', path: next}
      : {kind: 'key-file', path: next, encrypted: newPasswordFile === undefined ? 'as-before' : true},
  }
}

/** Other keys in the same token: the configuration names other labels. */
function newLabels(options: PlanOptions): Plan {
  const suffix = randomBytes(8).toString('hex')
  const labels: KeyLabels = {token: `token_${suffix}`, config: `config_${suffix}`, value: `value_${suffix}`}
  return byConfiguration(options, {
    set: labelSettings(labels),
    keepOthers: true,
    making: {kind: 'token-keys', labels},
    description: 'AES HSM, new keys in the same token',
  })
}

function toKeyFile(options: PlanOptions, {path, encrypted}: {path: string; encrypted: boolean}): Plan {
  const {settings} = options
  if (currentModule(settings) === defaultModule && settings.path('PI_ENCFILE') === path) {
    const plan = sameFile(options, 'PI_ENCFILE', false)
    return {...plan, making: {kind: 'key-file', path: `${path}.new-${options.runId}`, encrypted}}
  }
  return byConfiguration(options, {
    set: {PI_HSM_MODULE: moduleName(settings, defaultModule), PI_ENCFILE: path},
    making: {kind: 'key-file', path, encrypted},
    description: `key file ${path}`,
    newFile: path,
  })
}

function toAesHsm(options: PlanOptions, given: HsmSettings, wanted: KeyLabels | undefined, makeKeys: boolean): Plan {
  const suffix = randomBytes(8).toString('hex')
  const labels = wanted ?? {token: `token_${suffix}`, config: `config_${suffix}`, value: `value_${suffix}`}
  return byConfiguration(options, {
    set: {
      PI_HSM_MODULE: moduleName(options.settings, aesModule),
      ...prefixed(given),
      ...(given['SLOT'] === undefined && {PI_HSM_MODULE_SLOT: -1}),
      ...labelSettings(labels),
      ...passwordSetting(options.newPasswordFile),
    },
    making: makeKeys ? {kind: 'token-keys', labels} : {kind: 'existing'},
    description: `AES HSM, ${String(given['TOKEN_LABEL'] ?? given['TOKEN_SERIAL'] ?? given['MODULE'])}`,
  })
}

function toEncryptKeyHsm(options: PlanOptions, given: HsmSettings, keyFile: string): Plan {
  return byConfiguration(options, {
    set: {
      PI_HSM_MODULE: moduleName(options.settings, encryptKeyModule),
      ...prefixed(given),
      ...passwordSetting(options.newPasswordFile),
    },
    making: {kind: 'wrapped-file', path: keyFile},
    description: `Encrypt-Key HSM, key file ${keyFile}`,
    newFile: keyFile,
  })
}

interface Change {
  set: Record<string, NewValue>
  making: KeyMaking
  description: string
  /** Leave the other parameters of the module as they are. */
  keepOthers?: boolean
  /** Key file that is made at its final place. */
  newFile?: string
}

/** The configuration names another module: the file is edited beside, and takes its place at the end. */
function byConfiguration({settings, runId, newPasswordFile}: PlanOptions, change: Change): Plan {
  const {file} = settings
  if (file === undefined) {
    throw new PiError('CONFIG', 'The security module changes, so a configuration file is needed that can be changed.', {
      hints: ['Name it with --config FILE'],
    })
  }
  const [next, previous] = [`${file}.new-${runId}`, `${file}.old-${runId}`]
  const remove = change.keepOthers
    ? []
    : settings.keys().filter((key) => /^PI_HSM_MODULE|^PI_ENCFILE$/.test(key) && !(key in change.set))
  const oldFile = oldKeyFile(settings)
  return {
    from: {description: 'the present keys', configFile: previous, givenPassword: true},
    to: {
      description: change.description,
      configFile: next,
      ...(newPasswordFile !== undefined && {passwordFile: newPasswordFile}),
    },
    finalFrom: {description: 'the present keys', configFile: file, givenPassword: true},
    finalTo: {
      description: change.description,
      configFile: file,
      ...(newPasswordFile !== undefined && {passwordFile: newPasswordFile}),
    },
    switches: [{path: file, next, previous}],
    temporaryFiles: [next, previous],
    retireWhenDone: oldFile === undefined || oldFile === change.newFile ? [] : [oldFile],
    retireWhenAborted: change.newFile === undefined ? [] : [change.newFile],
    making: change.making,
    configEdit: {
      file,
      set: Object.fromEntries(Object.entries(change.set).map(([key, value]) => [ownName(settings, key), value])),
      remove: remove.map((key) => ownName(settings, key)),
      comment,
    },
  }
}

function oldKeyFile(settings: Settings): string | undefined {
  const current = currentModule(settings)
  if (current === defaultModule) return settings.path('PI_ENCFILE')
  return current === encryptKeyModule ? settings.path('PI_HSM_MODULE_ENCFILE') : undefined
}

function labelSettings(labels: KeyLabels): Record<string, NewValue> {
  return {
    PI_HSM_MODULE_KEY_LABEL_TOKEN: labels.token,
    PI_HSM_MODULE_KEY_LABEL_CONFIG: labels.config,
    PI_HSM_MODULE_KEY_LABEL_VALUE: labels.value,
  }
}

function prefixed(given: HsmSettings): Record<string, NewValue> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [`PI_HSM_MODULE_${name}`, value]))
}

/** The PIN stays in its file: the configuration, which the original executes, reads it from there. */
function passwordSetting(file: string | undefined): Record<string, NewValue> {
  if (file === undefined) return {}
  return {
    PI_HSM_MODULE_PASSWORD: {
      expression: `open('${file.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}').read().strip()`,
    },
  }
}

function moduleName({product}: Settings, name: string): string {
  return `${product}.lib.${name}`
}

function ownName({product}: Settings, key: string): string {
  return product === 'edumfa' ? key.replace(/^PI_/, 'EDUMFA_') : key
}
