import {readFile} from 'node:fs/promises'
import {repeatedSettings} from '../../config/repeated.js'
import type {Settings} from '../../config/settings.js'
import {PiError} from '../../errors.js'
import {outcome, type DoctorCheck, type Fault} from '../contract.js'
import {judgedPrefixes, knownPrefixes, knownSettings} from '../shared/known-settings.js'

/** The configuration file as such: whether it can be read, and says what it means to say. */
export const configChecks: readonly DoctorCheck[] = [
  {
    id: 'config-file',
    title: 'the configuration file can be read and understood',
    severity: 'error',
    mend: 'Correct the configuration file, or name another one with --config FILE',
    owns: 'settings',
    async run({settings, warnings}) {
      const found = await settings()
      const faults = warnings
        .filter((text) => found.file !== undefined && text.includes(found.file))
        .map((text): Fault => ({message: text.replace(/^Warning: /, ''), severity: 'warning'}))
      if (!found.file) faults.push({message: 'No configuration file is used.', severity: 'warning'})
      return outcome(found.file ?? '', faults)
    },
  },
  {
    id: 'config-unknown',
    title: 'no setting is misspelt',
    severity: 'warning',
    mend: 'Correct or remove the setting in the configuration file',
    async run({settings}) {
      const keys = (await settings()).keys().filter((key) => judgedPrefixes.some((prefix) => key.startsWith(prefix)))
      const unknown = keys.filter(
        (key) => !knownSettings.has(key) && !knownPrefixes.some((prefix) => key.startsWith(prefix)),
      )
      return outcome(
        `${keys.length} settings`,
        unknown.map((key) => ({message: `No server knows a setting ${key}.`})),
      )
    },
  },
  {
    id: 'config-repeated',
    title: 'no setting is set twice',
    severity: 'warning',
    mend: 'Keep one of the lines in the configuration file; the last one counts',
    async run({settings}) {
      const {file} = await settings()
      if (file === undefined) return {skipped: 'There is no configuration file.'}
      const repeated = repeatedSettings(await readFile(file, 'latin1'))
      return outcome(
        file,
        repeated.map((key) => ({message: `${key} is set several times in ${file}.`})),
      )
    },
  },
  {
    id: 'config-types',
    title: 'every setting is of its type',
    severity: 'error',
    mend: 'Correct the setting in the configuration file',
    async run({settings}) {
      const found = await settings()
      const faults: Fault[] = []
      for (const key of found.keys()) {
        const problem = typeProblem(found, key)
        if (problem) faults.push({message: problem})
      }
      return outcome(`${found.keys().length} settings`, faults)
    },
  },
  {
    id: 'secret-key',
    title: 'SECRET_KEY, which signs web tokens, is set and long enough',
    severity: 'error',
    mend: 'pi-manage keys rotate secret-key',
    async run({settings}) {
      const secret = (await settings()).get('SECRET_KEY')
      const length = typeof secret === 'string' || Buffer.isBuffer(secret) ? secret.length : 0
      if (secret === undefined) {
        return outcome('', [
          {message: 'SECRET_KEY is not set: every start makes another one, and logins end.', severity: 'warning'},
        ])
      }
      if (typeof secret === 'string' && publicSecrets.has(secret)) {
        return outcome('', [
          {message: 'SECRET_KEY is one that stands in public documents: anybody can make web tokens.'},
        ])
      }
      if (length < 16 || isMonotonous(String(secret))) {
        return outcome('', [{message: 'SECRET_KEY is so short or simple that it can be guessed.'}])
      }
      return outcome('long enough', [])
    },
  },
  {
    id: 'pepper',
    title: 'PI_PEPPER, which goes into password hashes, is set and long enough',
    severity: 'warning',
    mend: 'pi-manage keys rotate pepper',
    async run({settings}) {
      const found = await settings()
      const pepper = found.text('PI_PEPPER') ?? ''
      if (!found.keys().includes('PI_PEPPER') || publicSecrets.has(pepper)) {
        return outcome('', [{message: 'PI_PEPPER is the built-in one, which everybody knows.'}])
      }
      return outcome('long enough', pepper.length < 8 ? [{message: 'PI_PEPPER is shorter than 8 characters.'}] : [])
    },
  },
  {
    id: 'debug-settings',
    title: 'nothing is on that is meant for development',
    severity: 'warning',
    mend: 'Remove the setting from the configuration file',
    async run({settings, env}) {
      const found = await settings()
      const faults: Fault[] = []
      const level = found.integer('PI_LOGLEVEL') ?? 20
      if (level < 10) {
        faults.push({message: `PI_LOGLEVEL is ${level}: passwords are written into the log.`, severity: 'error'})
      } else if (level < 20) faults.push({message: `PI_LOGLEVEL is ${level}, for debugging.`})
      for (const [key, effect] of risky) if (found.flag(key)) faults.push({message: `${key} is on: ${effect}.`})
      if (['development', 'testing'].includes(env['PI_CONFIG_NAME'] ?? '')) {
        faults.push({message: `PI_CONFIG_NAME is ${env['PI_CONFIG_NAME']}: the server runs with public secrets.`})
      }
      return outcome(`log level ${level}`, faults)
    },
  },
  {
    id: 'trusted-jwt',
    title: 'PI_TRUSTED_JWT trusts keys, not secrets or nothing',
    severity: 'error',
    mend: 'Give each entry of PI_TRUSTED_JWT a public key, an algorithm of RS or ES, and the users it may name',
    async run({settings}) {
      const value = (await settings()).get('PI_TRUSTED_JWT')
      if (!Array.isArray(value) || value.length === 0) return {skipped: 'PI_TRUSTED_JWT is not set.'}
      const faults = value.flatMap((entry, index): Fault[] => {
        if (entry === null || typeof entry !== 'object' || Array.isArray(entry) || Buffer.isBuffer(entry)) {
          return [{message: `Entry ${index + 1} of PI_TRUSTED_JWT is no dictionary.`}]
        }
        const algorithm = String(entry['algorithm'] ?? '')
        if (/^(RS|ES|PS)(256|384|512)$/.test(algorithm)) return []
        return [{message: `Entry ${index + 1} of PI_TRUSTED_JWT has the algorithm '${algorithm}'.`}]
      })
      return outcome(`${value.length} entries`, faults)
    },
  },
]

/** Of manuals, images and built-in defaults (spec/02 §1.2). */
const publicSecrets = new Set(['t0p s3cr3t', 'Never know...', 'missing', 'changeme', 'secret', 'superSecret', ''])

const risky: readonly (readonly [string, string])[] = [
  ['PI_AUDIT_NO_SIGN', 'audit rows are not signed, so nobody can tell whether they were changed'],
  ['PI_NO_RESPONSE_SIGN', 'answers are not signed'],
  ['SQLALCHEMY_ECHO', 'every statement is logged with its values'],
  ['PI_LDAP_WEAK_TLS', 'old TLS versions are taken for LDAP'],
]

function isMonotonous(text: string): boolean {
  return new Set(text).size < 5
}

/** In what way a setting is not what it must be; says nothing of its value. */
function typeProblem(settings: Settings, key: string): string | undefined {
  try {
    switch (knownSettings.get(key)) {
      case 'text':
        settings.text(key)
        return undefined
      case 'integer':
        settings.integer(key)
        return undefined
      case 'list':
        settings.list(key)
        return undefined
      case 'mapping': {
        const value = settings.get(key)
        const fits = value === null || (typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value))
        return fits ? undefined : `The setting ${key} is no dictionary.`
      }
      case 'flag': {
        const value = settings.get(key)
        const fits =
          value === null ||
          typeof value === 'boolean' ||
          ['0', '1', 'false', 'true', ''].includes(String(value).toLowerCase())
        return fits ? undefined : `The setting ${key} is neither True nor False.`
      }
      default:
        settings.get(key)
        return undefined
    }
  } catch (error) {
    if (error instanceof PiError) return error.message
    throw error
  }
}
