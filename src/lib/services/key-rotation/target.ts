import path from 'node:path'
import {PiError} from '../../errors.js'
import type {KeyLabels} from '../../security-module.js'

/** Where the new keys are to be (`enckey rotate --to`). */
export type Target =
  | {kind: 'same'}
  | {kind: 'file'; path: string; encrypted: boolean}
  | {kind: 'aes-hsm'; settings: HsmSettings; labels: KeyLabels | undefined; makeKeys: boolean}
  | {kind: 'encrypt-key-hsm'; settings: HsmSettings; keyFile: string}

/** Settings of a PKCS#11 module without the prefix `PI_HSM_MODULE_`. */
export type HsmSettings = Record<string, string | number>

const forms = [
  'file:PATH',
  'encrypted-file:PATH',
  'aes-hsm:module=LIBRARY,token=LABEL[,serial=…,slot=N,label=PREFIX,keys=existing]',
  'encrypt-key-hsm:module=LIBRARY,keyid=N,file=PATH[,keylabel=…,slot=N,slotname=…]',
]

/** Options of a target and the settings that they make. */
const aesOptions: Record<string, string> = {
  module: 'MODULE',
  token: 'TOKEN_LABEL',
  serial: 'TOKEN_SERIAL',
  slot: 'SLOT',
  sessions: 'SESSIONS',
  retries: 'MAX_RETRIES',
}
const encryptKeyOptions: Record<string, string> = {
  module: 'MODULE',
  token: 'TOKEN_LABEL',
  serial: 'TOKEN_SERIAL',
  slot: 'SLOT',
  slotname: 'SLOTNAME',
  keyid: 'KEYID',
  keylabel: 'KEYLABEL',
  timeout: 'TIMEOUT',
  lock: 'LOCK_DIR',
}
const numbers = new Set(['SLOT', 'SESSIONS', 'MAX_RETRIES', 'KEYID', 'TIMEOUT'])
const paths = new Set(['MODULE', 'LOCK_DIR'])

/**
 * Reads `KIND:…`, e.g. `aes-hsm:module=/usr/lib/softhsm/libsofthsm2.so,token=pi`. A comma in a value is written `\,`.
 * @param workingDirectory for relative paths
 * @throws PiError USAGE
 */
export function parseTarget(text: string | undefined, workingDirectory: string): Target {
  if (text === undefined) return {kind: 'same'}
  const colon = text.indexOf(':')
  const kind = colon < 0 ? text : text.slice(0, colon)
  const rest = colon < 0 ? '' : text.slice(colon + 1)
  const resolve = (name: string): string => path.resolve(workingDirectory, name)
  if ((kind === 'file' || kind === 'encrypted-file') && rest !== '') {
    return {kind: 'file', path: resolve(rest), encrypted: kind === 'encrypted-file'}
  }
  if (kind === 'aes-hsm') {
    const {label, keys, ...options} = readOptions(rest, ['label', 'keys', ...Object.keys(aesOptions)])
    if (keys !== undefined && keys !== 'existing' && keys !== 'new')
      throw usage(`keys=${keys} is neither existing nor new.`)
    const settings = settingsOf(options, aesOptions, resolve)
    if (keys === 'existing' && label === undefined) throw usage('keys=existing needs label=PREFIX.')
    return {
      kind: 'aes-hsm',
      settings,
      labels:
        label === undefined ? undefined : {token: `${label}_token`, config: `${label}_config`, value: `${label}_value`},
      makeKeys: keys !== 'existing',
    }
  }
  if (kind === 'encrypt-key-hsm') {
    const {file, ...options} = readOptions(rest, ['file', ...Object.keys(encryptKeyOptions)])
    if (file === undefined) throw usage('file=PATH is missing: the key file to be made.')
    if (options['keyid'] === undefined && options['keylabel'] === undefined)
      throw usage('keyid=N or keylabel=LABEL is missing.')
    const keyFile = resolve(file)
    return {
      kind: 'encrypt-key-hsm',
      settings: {...settingsOf(options, encryptKeyOptions, resolve), ENCFILE: keyFile},
      keyFile,
    }
  }
  throw usage(`'${kind}' is no kind of key store.`)
}

function readOptions(text: string, known: readonly string[]): Record<string, string | undefined> {
  const options: Record<string, string | undefined> = {}
  for (const part of text.split(/(?<!\\),/)) {
    if (part === '') continue
    const [name = '', ...value] = part.split('=')
    if (!known.includes(name) || value.length === 0) throw usage(`'${name}' is none of ${known.join(', ')}.`)
    options[name] = value.join('=').replaceAll('\\,', ',')
  }
  return options
}

function settingsOf(
  options: Record<string, string | undefined>,
  names: Record<string, string>,
  resolve: (name: string) => string,
): HsmSettings {
  const settings: HsmSettings = {}
  for (const [option, name] of Object.entries(names)) {
    const value = options[option]
    if (value === undefined) continue
    if (numbers.has(name) && !/^-?\d+$/.test(value)) throw usage(`${option}=${value} is no number.`)
    settings[name] = numbers.has(name) ? Number(value) : paths.has(name) ? resolve(value) : value
  }
  if (settings['MODULE'] === undefined) throw usage('module=LIBRARY is missing.')
  return settings
}

function usage(message: string): PiError {
  return new PiError('USAGE', `--to: ${message}`, {hints: forms.map((form) => `--to ${form}`)})
}
