/** The definition of a connection to a user store. */
export interface ResolverDefinition {
  id: number
  name: string
  /** E.g. `passwdresolver`. */
  type: string
  /** Values as text, passwords in clear. */
  settings: ReadonlyMap<string, string>
  /** Declared types by key as stored: `password`, `string`, `int` … */
  settingTypes: ReadonlyMap<string, string>
  /** Keys of passwords that this encryption key does not open; they are missing from `settings`. */
  undecryptable: readonly string[]
}
