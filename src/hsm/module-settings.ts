import path from 'node:path'
import type {Settings, SettingValue} from '../lib/config/settings.js'
import {PiError} from '../lib/errors.js'

/**
 * Settings in which the security module is another one: what is given replaces the key file and, when it names a module,
 * every parameter of the configured module.
 */
export class ModuleSettings implements Settings {
  readonly #base: Settings
  readonly #given: Readonly<Record<string, SettingValue>>

  constructor(base: Settings, given: Readonly<Record<string, SettingValue>>) {
    this.#base = base
    this.#given = given
  }

  get product(): Settings['product'] {
    return this.#base.product
  }

  get file(): string | undefined {
    return this.#base.file
  }

  get(key: string): SettingValue | undefined {
    if (key in this.#given) return this.#given[key]
    if (key.startsWith('PI_HSM_MODULE') && 'PI_HSM_MODULE' in this.#given) return undefined
    return this.#base.get(key)
  }

  text(key: string): string | undefined {
    return this.#isOurs(key) ? this.#typed(key, 'string', 'a text') : this.#base.text(key)
  }

  integer(key: string): number | undefined {
    if (!this.#isOurs(key)) return this.#base.integer(key)
    const value = this.get(key)
    if (typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value)
    return this.#typed(key, 'number', 'a whole number')
  }

  flag(key: string): boolean {
    return this.#isOurs(key) ? this.get(key) === true : this.#base.flag(key)
  }

  list(key: string): string[] {
    return this.#base.list(key)
  }

  path(key: string): string | undefined {
    if (!this.#isOurs(key)) return this.#base.path(key)
    const value = this.text(key)
    return value ? path.resolve(value) : undefined
  }

  required(key: string): string {
    if (!this.#isOurs(key)) return this.#base.required(key)
    const value = this.text(key)
    if (value) return value
    throw new PiError('CONFIG', `The setting ${key} of the security module is missing.`)
  }

  keys(): string[] {
    return [...new Set([...this.#base.keys(), ...Object.keys(this.#given)])]
  }

  #isOurs(key: string): boolean {
    return key in this.#given || (key.startsWith('PI_HSM_MODULE') && 'PI_HSM_MODULE' in this.#given)
  }

  #typed<T extends string | number>(key: string, type: 'string' | 'number', what: string): T | undefined {
    const value = this.get(key)
    if (value === undefined || value === null) return undefined
    if (typeof value !== type) throw new PiError('CONFIG', `The setting ${key} of the security module is not ${what}.`)
    return value as T
  }
}
