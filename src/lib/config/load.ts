import {access, constants, stat} from 'node:fs/promises'
import path from 'node:path'
import {PiError} from '../errors.js'
import {readConfigFile} from './config-file.js'
import {
  classEnvironment,
  dockerEnvironment,
  fixedSource,
  hasDockerEnvironment,
  prefixedEnvironment,
} from './environment.js'
import {LayeredSettings, type SettingSource} from './settings-impl.js'
import type {Settings} from './settings.js'

export interface LoadSettingsOptions {
  /** `--config`; a directory stands for the `pi.cfg` or `edumfa.cfg` in it. */
  configFile?: string | undefined
  /** `--db-uri`: instead of SQLALCHEMY_DATABASE_URI. */
  databaseUri?: string | undefined
  /** `--enckey`: instead of PI_ENCFILE. */
  enckeyFile?: string | undefined
  env: NodeJS.ProcessEnv
  warn?: ((message: string) => void) | undefined
  /** For relative paths; default: the working directory of the process. */
  cwd?: string
}

type Product = 'privacyidea' | 'edumfa'

const defaultFiles = {
  container: '/opt/edumfa/edumfa_config.py',
  edumfa: '/etc/edumfa/edumfa.cfg',
  privacyidea: '/etc/privacyidea/pi.cfg',
}

/**
 * The settings of an installation, from the places where the originals look (spec/02 §1.1): the flags, the
 * configuration file, the environment, the built-in defaults. No setting is demanded here.
 * @throws PiError CONFIG (the file named is not there, cannot be read or is no Python)
 */
export async function loadSettings(options: LoadSettingsOptions): Promise<Settings> {
  const {env, warn} = options
  const cwd = options.cwd ?? process.cwd()
  const places: string[] = []
  const file = await findFile(options, cwd, places)
  const fromFile = file && (await readOrSkip(file, options, cwd))
  const product = productOf(file?.name, fromFile || undefined, env)
  const docker = product === 'privacyidea' && hasDockerEnvironment(env)
  const prefixed = product === 'privacyidea' ? [prefixedEnvironment(env)] : []
  const flags = {
    ...(options.databaseUri !== undefined && {SQLALCHEMY_DATABASE_URI: options.databaseUri}),
    ...(options.enckeyFile !== undefined && {
      [product === 'edumfa' ? 'EDUMFA_ENCFILE' : 'PI_ENCFILE']: path.resolve(cwd, options.enckeyFile),
    }),
  }
  // In a container the prefixed variables override the file, elsewhere the file overrides them (spec/02 §1.1).
  const sources: SettingSource[] = [
    fixedSource('the command line', flags),
    ...(docker ? prefixed : []),
    ...(fromFile ? [fromFile] : []),
    ...(docker ? [dockerEnvironment(env)] : prefixed),
    classEnvironment(env),
  ]
  const [first, second] = [env['PRIVACYIDEA_CONFIGFILE'], env['EDUMFA_CONFIGFILE']]
  if (options.configFile === undefined && first && second && first !== second) {
    warn?.(`Warning: PRIVACYIDEA_CONFIGFILE and EDUMFA_CONFIGFILE name two files; ${file?.name ?? 'none'} is read.`)
  }
  return new LayeredSettings({
    cwd,
    file: fromFile ? file?.name : undefined,
    pepperDefault: env['PI_CONFIG_NAME'] !== 'docker',
    places,
    product,
    reread: (name) => loadSettings({configFile: name, env, warn, cwd}),
    sources,
  })
}

interface FoundFile {
  name: string
  /** Who named it, for messages; absent for a default place. */
  namedBy: string | undefined
}

/** The one file to read; never two merged. */
async function findFile(
  {configFile, env}: LoadSettingsOptions,
  cwd: string,
  places: string[],
): Promise<FoundFile | undefined> {
  if (configFile !== undefined) return {name: await insideDirectory(path.resolve(cwd, configFile)), namedBy: '--config'}
  const variables = prefersEdumfa(env)
    ? ['EDUMFA_CONFIGFILE', 'PRIVACYIDEA_CONFIGFILE']
    : ['PRIVACYIDEA_CONFIGFILE', 'EDUMFA_CONFIGFILE']
  for (const variable of variables) {
    const name = env[variable]
    if (name) return {name: path.resolve(cwd, name), namedBy: variable}
  }
  const candidates = [defaultFiles.privacyidea, defaultFiles.edumfa]
  if (prefersEdumfa(env)) candidates.reverse()
  if (env['__EDUMFA_RUNNING_IN_CONTAINER'] === '1') candidates.splice(0, 2, defaultFiles.edumfa, defaultFiles.container)
  for (const name of candidates) {
    places.push(name)
    if (await exists(name)) return {name, namedBy: undefined}
  }
  return undefined
}

/** The old programs of eduMFA ask for its places first. */
function prefersEdumfa(env: NodeJS.ProcessEnv): boolean {
  return env['PI_MANAGE_PRODUCT'] === 'edumfa'
}

async function insideDirectory(name: string): Promise<string> {
  if (!(await stat(name).catch(() => undefined))?.isDirectory()) return name
  for (const inner of ['pi.cfg', 'edumfa.cfg']) if (await exists(path.join(name, inner))) return path.join(name, inner)
  throw new PiError('CONFIG', `There is no pi.cfg or edumfa.cfg in ${name}.`)
}

async function exists(name: string): Promise<boolean> {
  return access(name, constants.F_OK).then(
    () => true,
    (error: unknown) => (error as {code?: string}).code === 'EACCES',
  )
}

/** An unreadable file is an error, unless it was not asked for by name on the command line and settings come from elsewhere. */
async function readOrSkip(
  file: FoundFile,
  options: LoadSettingsOptions,
  cwd: string,
): Promise<SettingSource | undefined> {
  try {
    return await readConfigFile(file.name, {cwd, env: options.env, warn: options.warn})
  } catch (error) {
    const elsewhere =
      options.databaseUri !== undefined || hasDockerEnvironment(options.env) || Boolean(options.env['DATABASE_URL'])
    if (!(error instanceof PiError) || file.namedBy === '--config' || !elsewhere || !(error.cause instanceof Error))
      throw error
    options.warn?.(`Warning: ${error.message} Going on with the settings from elsewhere.`)
    return undefined
  }
}

/** By the prefix of the settings, else by the name of the file, else by what called. */
function productOf(file: string | undefined, source: SettingSource | undefined, env: NodeJS.ProcessEnv): Product {
  const keys = source?.keys() ?? []
  const [edumfa, privacyidea] = [
    keys.some((key) => key.startsWith('EDUMFA_')),
    keys.some((key) => key.startsWith('PI_')),
  ]
  if (edumfa !== privacyidea) return edumfa ? 'edumfa' : 'privacyidea'
  if (file && /edumfa/.test(path.basename(file))) return 'edumfa'
  return prefersEdumfa(env) && !privacyidea ? 'edumfa' : 'privacyidea'
}
