import {readFile} from 'node:fs/promises'
import {parse} from 'yaml'
import {reasonOf} from '../../errors.js'
import {localNow} from '../local-time.js'

/** A file that a logger writes to. */
export interface LogTarget {
  file: string
  /** As Python's logging has it, with `%(message)s`. */
  format: string
}

interface Sources {
  /** PI_LOGCONFIG: YAML, or the older INI form. */
  configFile: string | undefined
  logFile: string | undefined
  warn: (message: string) => void
}

/** What the originals log with when nothing says otherwise. */
const usualFormat = '[%(asctime)s][%(process)d][%(thread)d][%(levelname)s][%(name)s:%(lineno)d] %(message)s'

/** The files of a logger: of its own handlers, or of the next one above it in its name, or the root's. */
export async function findLogger(name: string, {configFile, logFile, warn}: Sources): Promise<LogTarget[]> {
  const text = configFile === undefined ? undefined : await readFile(configFile, 'utf8').catch(() => undefined)
  let targets: LogTarget[] = []
  if (text !== undefined) {
    try {
      targets = targetsOf(/^\s*\[loggers\]/m.test(text) ? fromIni(text) : fromYaml(text), name)
    } catch (error) {
      warn(`The logging configuration ${configFile} is not understood: ${reasonOf(error)}`)
    }
  }
  if (targets.length > 0) return targets
  if (logFile !== undefined) return [{file: logFile, format: usualFormat}]
  warn('There is no file for audit entries: set PI_LOGFILE.')
  return []
}

/** A line of the log. @param entry.now milliseconds since 1970, UTC */
export function logLine(format: string, {name, text, now}: {name: string; text: string; now: number}): string {
  const values: Record<string, string> = {
    asctime: localNow(now).slice(0, 23).replace('.', ','),
    levelname: 'INFO',
    levelno: '20',
    lineno: '0',
    message: text,
    module: 'loggeraudit',
    name,
    process: String(process.pid),
    thread: '0',
    threadName: 'MainThread',
  }
  return format.replaceAll(/%\((\w+)\)-?\d*[sd]/g, (found, key: string) => values[key] ?? found)
}

interface LogConfig {
  loggers: Record<string, string[]>
  handlers: Record<string, {file?: string | undefined; formatter?: string | undefined}>
  formatters: Record<string, string>
}

function targetsOf({loggers, handlers, formatters}: LogConfig, name: string): LogTarget[] {
  for (let at = name; ; at = at.includes('.') ? at.slice(0, at.lastIndexOf('.')) : '') {
    const found = (loggers[at] ?? []).flatMap((handler) => {
      const {file, formatter} = handlers[handler] ?? {}
      return file === undefined ? [] : [{file, format: formatters[formatter ?? ''] ?? '%(message)s'}]
    })
    if (found.length > 0 || at === '') return found
  }
}

type Part = Record<string, Record<string, unknown> | undefined> | undefined

function fromYaml(text: string): LogConfig {
  const config = parse(text) as {loggers?: Part; handlers?: Part; formatters?: Part; root?: Record<string, unknown>}
  const named = (part: Part) => Object.entries(part ?? {})
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : [])
  const optional = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return {
    loggers: Object.fromEntries([
      ['', list(config.root?.['handlers'])],
      ...named(config.loggers).map(([key, logger]) => [key, list(logger?.['handlers'])] as const),
    ]),
    handlers: Object.fromEntries(
      named(config.handlers).map(([key, handler]) => [
        key,
        {file: optional(handler?.['filename']), formatter: optional(handler?.['formatter'])},
      ]),
    ),
    formatters: Object.fromEntries(
      named(config.formatters).map(([key, formatter]) => [key, optional(formatter?.['format']) ?? '%(message)s']),
    ),
  }
}

function fromIni(text: string): LogConfig {
  const sections = new Map<string, Record<string, string>>()
  let section: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const [, title] = /^\s*\[([^\]]+)\]/.exec(line) ?? []
    if (title !== undefined) sections.set(title, (section = {}))
    const [, key, value] = /^([A-Za-z_]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) section[key] = value
  }
  const config: LogConfig = {loggers: {}, handlers: {}, formatters: {}}
  for (const [title, values] of sections) {
    const [kind, ...rest] = title.split('_')
    const key = rest.join('_')
    if (kind === 'logger') {
      const handlers = (values['handlers'] ?? '').split(',').map((handler) => handler.trim())
      config.loggers[key === 'root' ? '' : (values['qualname'] ?? key)] = handlers
    } else if (kind === 'handler') {
      // The file is the first of the arguments, a Python literal.
      const [, , file] = /^\(\s*(['"])(.*?)\1/.exec(values['args'] ?? '') ?? []
      const writes = (values['class'] ?? '').endsWith('FileHandler')
      config.handlers[key] = {file: writes ? file : undefined, formatter: values['formatter']}
    } else if (kind === 'formatter') config.formatters[key] = values['format'] ?? '%(message)s'
  }
  return config
}
