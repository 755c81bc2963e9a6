import path from 'node:path'
import {PiError} from '../errors.js'
import {defaultFor} from './defaults.js'
import type {Settings, SettingValue} from './settings.js'

/** One place settings come from, e.g. the file, or the environment. */
export interface SettingSource {
  /** For messages. */
  readonly description: string
  /** The value under exactly this key. @throws PiError CONFIG when the source sets it in a way that is not understood */
  get(key: string): SettingValue | undefined
  keys(): readonly string[]
}

interface LayeredSettingsOptions {
  product: 'privacyidea' | 'edumfa'
  file: string | undefined
  /** The first that knows a key wins. */
  sources: readonly SettingSource[]
  /** False for the docker class, which brings almost no defaults (spec/02 §1.1). */
  pepperDefault?: boolean
  cwd: string
  /** Where was looked for settings, for the message about a missing one. */
  places: readonly string[]
  /** Reads another file in place of this one. */
  reread?: (file: string) => Promise<Settings>
}

/** Settings from several sources over the built-in defaults. */
export class LayeredSettings implements Settings {
  readonly product: 'privacyidea' | 'edumfa'
  readonly file: string | undefined
  readonly #options: LayeredSettingsOptions

  constructor(options: LayeredSettingsOptions) {
    this.product = options.product
    this.file = options.file
    this.#options = options
  }

  get(key: string): SettingValue | undefined {
    const found = this.#find(key)
    if (found) return found.value
    if (key === 'PI_PEPPER' && this.#options.pepperDefault === false) return undefined
    if (key === 'PI_NODE') return this.get('PI_AUDIT_SERVERNAME') ?? 'localnode'
    return defaultFor(key, this.product)
  }

  text(key: string): string | undefined {
    const value = this.get(key)
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw this.#wrongType(key, 'a text')
    return value
  }

  integer(key: string): number | undefined {
    const value = this.get(key)
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' && /^[-+]?\d+$/.test(value.trim())) return Number(value)
    if (typeof value !== 'number' || !Number.isInteger(value)) throw this.#wrongType(key, 'a whole number')
    return value
  }

  flag(key: string): boolean {
    const value = this.get(key)
    return value === true || value === 1 || (typeof value === 'string' && ['1', 'TRUE', 'True', 'true'].includes(value))
  }

  list(key: string): string[] {
    const value = this.get(key)
    if (value === undefined || value === null) return []
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
      throw this.#wrongType(key, 'a list of texts')
    return value as string[]
  }

  path(key: string): string | undefined {
    const value = this.text(key)
    return value === undefined || value === '' ? undefined : path.resolve(this.#options.cwd, value)
  }

  required(key: string): string {
    const value = this.text(key)
    if (value !== undefined && value !== '') return value
    const name = this.#own(key)
    throw new PiError(
      'CONFIG',
      `The setting ${name} is missing${this.file ? ` in ${this.file}` : '; there is no configuration file'}.`,
      {
        hints: this.file
          ? [`Set ${name} in ${this.file}`]
          : [
              `Name a configuration file with --config FILE or PRIVACYIDEA_CONFIGFILE (looked at: ${this.#options.places.join(', ')})`,
            ],
      },
    )
  }

  async at(file: string): Promise<Settings> {
    const {reread} = this.#options
    if (!reread) throw new PiError('CONFIG', `These settings come from no file, so ${file} cannot take its place.`)
    return reread(file)
  }

  keys(): string[] {
    const keys = new Set<string>()
    for (const source of this.#options.sources) {
      for (const key of source.keys()) keys.add(this.product === 'edumfa' ? key.replace(/^EDUMFA_/, 'PI_') : key)
    }
    return [...keys]
  }

  #own(key: string): string {
    return this.product === 'edumfa' ? key.replace(/^PI_/, 'EDUMFA_') : key
  }

  #find(key: string): {source: SettingSource; value: SettingValue} | undefined {
    const name = this.#own(key)
    for (const source of this.#options.sources) {
      const value = source.get(name)
      if (value !== undefined) return {source, value}
    }
    return undefined
  }

  /** Says what is expected and where, never what is there: it may be a secret. */
  #wrongType(key: string, expected: string): PiError {
    const where = this.#find(key)?.source.description ?? 'the built-in defaults'
    return new PiError('CONFIG', `The setting ${this.#own(key)} in ${where} is not ${expected}.`)
  }
}
