/** A value of the Python configuration file. */
export type SettingValue = string | number | boolean | null | Buffer | SettingValue[] | {[key: string]: SettingValue}

/**
 * The settings of an installation, typed. Keys are asked for with the prefix of privacyIDEA (`PI_PEPPER`); for an eduMFA
 * installation `EDUMFA_PEPPER` is looked up instead. Nothing is demanded before a command asks for it.
 */
export interface Settings {
  readonly product: 'privacyidea' | 'edumfa'
  /** The file read; absent when settings come from elsewhere. */
  readonly file: string | undefined
  /** As in the file, or the original's built-in default; `undefined` when neither exists. */
  get(key: string): SettingValue | undefined
  /** @throws PiError CONFIG, naming key and file, when it has another type */
  text(key: string): string | undefined
  integer(key: string): number | undefined
  /** `True`, `1`, `"True"`, `"true"`, `"TRUE"`, `"1"` are true. */
  flag(key: string): boolean
  list(key: string): string[]
  /** A path; relative ones are taken from the working directory. */
  path(key: string): string | undefined
  /** @throws PiError CONFIG, naming key and file, when it is missing */
  required(key: string): string
  /** All keys that the file set. */
  keys(): string[]
  /** From the same places, but with another configuration file. @throws PiError CONFIG */
  at?(file: string): Promise<Settings>
}
