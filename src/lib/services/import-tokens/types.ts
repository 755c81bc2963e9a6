import type {Database} from '../../db/database.js'
import type {SecurityModule} from '../../security-module.js'
import type {NamedUser} from '../../types/imported-token.js'

/** What is done with a serial that exists already; by default it is refused. */
export type ExistingPolicy = 'fail' | 'overwrite' | 'skip' | 'update'

export interface ImportOptions {
  /** Reports what would be done, and writes nothing. */
  dryRun?: boolean | undefined
  /** Default `fail`. */
  existing?: ExistingPolicy | undefined
  /** All rows or none. */
  atomic?: boolean | undefined
  /** Lets a counter of the file replace a higher one. */
  allowCounterRollback?: boolean | undefined
  /** Realms that every token is put into. */
  realms?: readonly string[] | undefined
  /** Realm of users whom the file names without one. */
  userRealm?: string | undefined
  /** Realms and token groups that a dump names and that do not exist are made, instead of refusing the tokens. */
  createMissing?: boolean | undefined
  /** Owners that the file names are left out. */
  ignoreUsers?: boolean | undefined
  /** Of tokens for which the file has none; default `imported`, as the originals. */
  description?: string | undefined
  /** Tokeninfo that every token gets. */
  info?: Readonly<Record<string, string>> | undefined
  /** Pattern that gives tokens another serial than the file: see `serialRenamer`. */
  renameSerial?: string | undefined
  /** OTP PINs in clear, by the serial of the file in lower case. */
  pins?: ReadonlyMap<string, string> | undefined
  /** Takes only so many records of the file. */
  limit?: number | undefined
  /** Puts the secret into the rows that are reported. */
  showSecrets?: boolean | undefined
  /** File that remembers how far the import got, to go on there. */
  journal?: string | undefined
  /** Tokens a transaction; default 1000. */
  batchSize?: number | undefined
  /** Told of each record, in order, once what is said is final. */
  onRow?: ((row: ImportRow) => void) | undefined
  /** `onRow` wants to hear of refused records only. */
  refusedOnly?: boolean | undefined
  onProgress?: ((progress: ImportProgress) => void) | undefined
}

export type Verdict = 'new' | 'refused' | 'skip' | 'update'

/** What became, or would become, of one record. */
export interface ImportRow {
  line: number
  serial: string
  type: string
  verdict: Verdict
  /** Why it was refused or left out, or what is remarkable about it. */
  reason?: string
  otplen?: number
  counter?: number
  /** Seconds. */
  timeStep?: number
  hashlib?: string
  /** Login. */
  user?: string
  realms?: string[]
  /** Hex; only when asked for. */
  secret?: string
}

export interface ImportSummary {
  total: number
  new: number
  update: number
  skip: number
  refused: number
}

export interface ImportResult {
  format: string
  summary: ImportSummary
}

export interface ImportProgress {
  phase: 'check' | 'write'
  rows: number
  /** Records of the file, known after the first reading. */
  total?: number
}

/** A user as a token's owner. */
export interface ImportOwner {
  userId: string
  resolver: string
  /** Lower case. */
  realm: string
}

/** Finds the owners that files name. */
export interface ImportUsers {
  /**
   * @returns undefined when there is no such user
   * @throws PiError UNAVAILABLE when a resolver cannot be asked
   */
  find(user: NamedUser): Promise<ImportOwner | undefined>
}

export interface ImportEnv {
  database: () => Promise<Database>
  security: () => Promise<SecurityModule>
  /** Opened only when a file names users. */
  users: () => Promise<ImportUsers>
  /** Hashes an OTP PIN as the installation does. */
  hashPin: (pin: string) => Promise<string>
  now?: () => Date
}
