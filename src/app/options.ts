import {PiError} from '../lib/errors.js'

export interface AppOptions {
  /** `--config`; otherwise the places of the originals are tried. */
  configFile?: string | undefined
  databaseUri?: string | undefined
  enckeyFile?: string | undefined
  enckeyPasswordFile?: string | undefined
  /** Asked when the key file is encrypted and no password was given. */
  askEnckeyPassword?: () => Promise<string>
  env: NodeJS.ProcessEnv
  warn?: (message: string) => void
}

/** Registers what is to be closed with the application. */
export type OnClose = (close: () => Promise<void>) => void

/** Where the password of an encrypted key file may come from. @throws PiError CONFIG */
export function passwordSources(options: AppOptions) {
  return {
    askPassword: options.askEnckeyPassword,
    passwordFile: options.enckeyPasswordFile,
    passwordFd: fileDescriptor(options.env['PI_MANAGE_ENCKEY_PASSWORD_FD']),
  }
}

/** Makes a thing on the first call and gives the same one ever after. */
export function once<R>(make: () => Promise<R>): () => Promise<R> {
  let made: Promise<R> | undefined
  return () => (made ??= make())
}

/** The password itself never stands in the environment, where others can read it; the number of an open file may. */
function fileDescriptor(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  throw new PiError('CONFIG', 'PI_MANAGE_ENCKEY_PASSWORD_FD must be the number of an open file.')
}
