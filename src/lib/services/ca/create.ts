import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {CaFolder} from '../../ca/kinds/local/folder.js'
import {createLocalCa, type NewLocalCa} from '../../ca/kinds/local/create.js'
import {readCertificate} from '../../ca/shared/certificate.js'
import {readableName} from '../../ca/shared/names.js'
import {PiError, reasonOf} from '../../errors.js'
import type {CaService} from './index.js'

/** What a new CA, or a new connector, is. */
export interface NewCa {
  id: number
  name: string
  type: string
  settings: Record<string, string>
  files?: string[]
  /** ISO 8601. */
  notAfter?: string
}

/**
 * Makes a local CA with its folder and saves its connector.
 * @param options.savePassphrase keep the passphrase of its key with the connector, encrypted
 * @throws PiError ALREADY_EXISTS, INVALID_INPUT, CONFIG
 */
export async function createCa(
  service: CaService,
  name: string,
  ca: NewLocalCa,
  {savePassphrase, now}: {savePassphrase?: string | undefined; now: Date},
): Promise<NewCa> {
  await service.requireNew(name)
  const {files, notAfter, settings} = await createLocalCa(ca, now)
  if (savePassphrase !== undefined) settings['cakey_password'] = savePassphrase
  const id = await service.add({name, type: 'local', settings})
  return {id, name, type: 'local', settings: shown(settings), files, notAfter: notAfter.toISOString()}
}

/**
 * Saves a connector for a folder in which openssl works already; where its files are is taken from its configuration.
 * @throws PiError ALREADY_EXISTS, CONFIG (what is missing in the folder)
 */
export async function connectCa(
  service: CaService,
  name: string,
  {
    directory,
    configFile,
    overlapDays,
    templates,
    key,
    savePassphrase,
    env,
  }: {
    directory: string
    configFile: string
    overlapDays: number
    templates?: string | undefined
    /** Instead of what the configuration names: a file, or a PKCS#11 URI. */
    key?: string | undefined
    savePassphrase?: string | undefined
    env: (name: string) => string | undefined
  },
): Promise<NewCa> {
  await service.requireNew(name)
  const workingDir = path.resolve(directory)
  const base = {WorkingDir: workingDir, 'openssl.cnf': path.resolve(workingDir, configFile)}
  const folder = await CaFolder.open({settings: base, directory: workingDir, env})
  let subject: string
  try {
    subject = readableName(readCertificate(await readFile(folder.certificateFile)).subject)
  } catch (error) {
    throw new PiError('CONFIG', `The certificate of the CA, ${folder.certificateFile}, cannot be read.`, {
      hints: [reasonOf(error)],
    })
  }
  await folder.readIndex()
  const settings: Record<string, string> = {
    WorkingDir: workingDir,
    cacert: folder.certificateFile,
    cakey: key ?? folder.key,
    CertificateDir: folder.newCertificates,
    CRL: folder.config.get(folder.section, 'crl')
      ? path.resolve(workingDir, folder.config.get(folder.section, 'crl')!)
      : 'crl.pem',
    CSRDir: workingDir,
    CRL_Validity_Period: String(Math.max(1, Math.round(folder.crlValidityMs / 86_400_000))),
    CRL_Overlap_Period: String(overlapDays),
    'openssl.cnf': base['openssl.cnf'],
    ...(templates !== undefined && {templates: path.resolve(workingDir, templates)}),
    ...(savePassphrase !== undefined && {cakey_password: savePassphrase}),
  }
  const id = await service.add({name, type: 'local', settings})
  return {id, name, type: 'local', settings: {...shown(settings), subject}}
}

/** Without secrets. */
function shown({cakey_password: secret, ...settings}: Record<string, string>): Record<string, string> {
  return {...settings, ...(secret !== undefined && {cakey_password: '__CENSORED__'})}
}
