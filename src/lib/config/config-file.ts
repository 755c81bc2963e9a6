import {open, stat} from 'node:fs/promises'
import {readFileSync, statSync} from 'node:fs'
import {homedir, hostname} from 'node:os'
import path from 'node:path'
import {PiError, reasonOf} from '../errors.js'
import {evaluatePython, type EvaluatedFile} from './python/evaluate.js'
import type {PythonHost} from './python/host.js'
import {SyntaxFailure} from './python/parse.js'
import {toSettingValue} from './python/setting-value.js'
import type {SettingSource} from './settings-impl.js'
import type {SettingValue} from './settings.js'

/** A configuration file is a few kilobytes; what is larger than this is something else. */
const maxBytes = 4 * 1024 * 1024

interface ReadConfigOptions {
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  warn?: ((message: string) => void) | undefined
}

/**
 * Reads a `pi.cfg` or `edumfa.cfg` (spec/02 §1.3). A part of it that is not understood matters only when one of the
 * settings it makes is asked for; until then it is a warning.
 * @throws PiError CONFIG (unreadable, no Python)
 */
export async function readConfigFile(file: string, options: ReadConfigOptions): Promise<SettingSource> {
  const text = decodeSource(await readLimited(file), file)
  let evaluated: EvaluatedFile
  try {
    evaluated = evaluatePython(text, hostFor(file, options))
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error
    const {column, line} = error.position
    throw new PiError('CONFIG', `${file}, line ${line}, column ${column}: ${error.message}.`)
  }
  const source = sourceOf(file, evaluated)
  for (const {failure, names, raised} of evaluated.skipped) {
    const keys = names.filter((name) => isSettingName(name))
    if (keys.length === 0 && !raised) continue
    const effect = keys.length > 0 ? `, so ${keys.join(', ')} cannot be used` : ''
    options.warn?.(`Warning: ${place(file, evaluated, failure.at)}: ${failure.reason}${effect}.`)
  }
  return source
}

function sourceOf(file: string, {anyName, file: parsed, names}: EvaluatedFile): SettingSource {
  const unreadable = (key: string, failure: {at: number; reason: string}) =>
    new PiError(
      'CONFIG',
      `${place(file, {file: parsed}, failure.at)}: the setting ${key} cannot be read, because ${failure.reason}.`,
      {
        hints: [`Write ${key} as a plain value, e.g. ${key} = '...'`],
      },
    )
  return {
    description: file,
    get(key) {
      const binding = names.get(key)
      if (!binding) {
        if (anyName && isSettingName(key)) throw unreadable(key, anyName)
        return undefined
      }
      if ('failure' in binding) throw unreadable(key, binding.failure)
      const converted: {value: SettingValue} | undefined = toSettingValue(binding.value)
      if (!converted) throw new PiError('CONFIG', `The setting ${key} in ${file} has a type that no setting can have.`)
      return converted.value
    },
    keys: () => [...names.keys()].filter((name) => isSettingName(name)),
  }
}

function place(file: string, {file: parsed}: Pick<EvaluatedFile, 'file'>, at: number): string {
  const {column, line} = parsed.position(at)
  return `${file}, line ${line}, column ${column}`
}

/** Names that the original takes as settings: upper case throughout, with at least one letter. */
function isSettingName(name: string): boolean {
  return name === name.toUpperCase() && name !== name.toLowerCase()
}

async function readLimited(file: string): Promise<Buffer> {
  try {
    if ((await stat(file)).isDirectory())
      throw new PiError('CONFIG', `${file} is a directory, not a configuration file.`)
    const handle = await open(file, 'r')
    try {
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of handle.createReadStream({autoClose: false})) {
        chunks.push(chunk as Buffer)
        size += (chunk as Buffer).length
        if (size > maxBytes) throw new PiError('CONFIG', `${file} is larger than any configuration file.`)
      }
      return Buffer.concat(chunks)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof PiError) throw error
    const {code} = error as {code?: string}
    const why =
      code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission denied' : (code ?? reasonOf(error))
    throw new PiError('CONFIG', `The configuration file ${file} cannot be read: ${why}.`, {cause: error})
  }
}

/** UTF-8, or what a coding line in the first two lines says (PEP 263). */
function decodeSource(bytes: Buffer, file: string): string {
  const head = bytes
    .subarray(0, 512)
    .toString('latin1')
    .split(/\r\n?|\n/, 2)
  const named = head
    .map((line) => /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(line)?.[1])
    .find((name) => name !== undefined)
  const encoding = (named ?? 'utf-8')
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/^latin-?1$|^iso-?8859-1$/, 'latin1')
  if (encoding === 'latin1') return bytes.toString('latin1')
  let decoder: InstanceType<typeof TextDecoder>
  try {
    decoder = new TextDecoder(encoding, {fatal: true})
  } catch {
    throw new PiError('CONFIG', `${file}: the encoding '${named}' of its coding line is not known.`)
  }
  try {
    return decoder.decode(bytes)
  } catch {
    throw new PiError('CONFIG', `${file} is no ${encoding.toUpperCase()} text.`)
  }
}

function hostFor(file: string, {cwd, env}: ReadConfigOptions): PythonHost {
  return {
    cwd,
    env,
    file: path.resolve(cwd, file),
    homeDirectory: env['HOME'] ?? homedir(),
    hostname: hostname(),
    kindOf(name) {
      const found = statSync(name, {throwIfNoEntry: false})
      if (!found) return undefined
      return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other'
    },
    readFile(name) {
      const found = statSync(name, {throwIfNoEntry: false})
      if (!found) return undefined
      if (!found.isFile() || found.size > maxBytes) throw Object.assign(new Error('no regular file'), {code: 'EINVAL'})
      return readFileSync(name)
    },
  }
}
