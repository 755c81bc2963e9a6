import path from 'node:path/posix'
import type {PythonHost} from './host.js'
import {fromJson, toJson} from './json.js'
import {argument, textArgument} from './methods.js'
import {openFile} from './files.js'
import {typeName, PyDict, PyException, PyFunction, PyModule, PyTuple, type Arguments, type Py} from './values.js'

const logLevels = {CRITICAL: 50n, DEBUG: 10n, ERROR: 40n, FATAL: 50n, INFO: 20n, NOTSET: 0n, WARN: 30n, WARNING: 30n}

/** The modules that an `import` can name (spec/02 §1.3), bound to one host. Others are not understood when they are used. */
export function modulesFor(host: PythonHost): Map<string, PyModule> {
  const osPath = pathModule(host)
  const environ = environment(host)
  const getenv = define('getenv', (args) => {
    const value = environ.get(textArgument(args, 0, 'key'))
    return value === undefined ? argument(args, 1, 'default', null) : value
  })
  const gethostname = define('gethostname', () => host.hostname)
  const os = new PyModule('os', {
    environ,
    getcwd: define('getcwd', () => host.cwd),
    getenv,
    linesep: '\n',
    path: osPath,
    pathsep: ':',
    sep: '/',
    uname: define('uname', () => new PyTuple(['Linux', host.hostname])),
  })
  const quote = (name: string, plus: boolean, safeDefault: string) =>
    define(name, (args) =>
      percentEncode(textArgument(args, 0, 'string'), textArgument(args, 1, 'safe', safeDefault), plus),
    )
  const parse = new PyModule('urllib.parse', {
    quote: quote('quote', false, '/'),
    quote_plus: quote('quote_plus', true, ''),
  })
  const modules = [
    os,
    osPath,
    parse,
    new PyModule('urllib', {parse}),
    new PyModule('base64', {b64decode: define('b64decode', (args) => decodeBase64(argument(args, 0, 's')))}),
    new PyModule('io', {open: openFile(host)}),
    new PyModule('json', {
      dumps: define('dumps', (args) => toJson(argument(args, 0, 'obj'))),
      loads: define('loads', (args) => fromJson(textArgument(args, 0, 's'))),
    }),
    new PyModule('logging', logLevels),
    new PyModule('platform', {node: define('node', () => host.hostname)}),
    new PyModule('socket', {getfqdn: define('getfqdn', () => host.hostname), gethostname}),
    new PyModule('sys', {platform: 'linux', version_info: new PyTuple([3n, 11n, 0n, 'final', 0n])}),
  ]
  return new Map(modules.map((module) => [module.name, module]))
}

/** `os.environ`: a dictionary whose missing keys are named in the error. */
function environment(host: PythonHost): PyDict {
  const dict = new PyDict('the environment variable')
  for (const [key, value] of Object.entries(host.env)) if (value !== undefined) dict.set(key, value)
  return dict
}

function pathModule(host: PythonHost): PyModule {
  const one = (name: string, use: (text: string) => Py) => define(name, (args) => use(textArgument(args, 0, 'path')))
  const absolute = (text: string) => path.resolve(host.cwd, text)
  return new PyModule('os.path', {
    abspath: one('abspath', absolute),
    basename: one('basename', (text) => text.slice(text.lastIndexOf('/') + 1)),
    dirname: one('dirname', (text) => {
      const head = text.slice(0, text.lastIndexOf('/') + 1)
      return /[^/]/.test(head) ? head.replace(/\/+$/, '') : head
    }),
    exists: one('exists', (text) => host.kindOf(absolute(text)) !== undefined),
    expanduser: one('expanduser', (text) => text.replace(/^~(?=\/|$)/, () => host.homeDirectory)),
    expandvars: one('expandvars', (text) =>
      text.replace(
        /\$(?:(\w+)|\{([^}]*)\})/g,
        (whole: string, plain?: string, braced?: string) => host.env[plain ?? braced ?? ''] ?? whole,
      ),
    ),
    isabs: one('isabs', (text) => text.startsWith('/')),
    isdir: one('isdir', (text) => host.kindOf(absolute(text)) === 'directory'),
    isfile: one('isfile', (text) => host.kindOf(absolute(text)) === 'file'),
    join: define('join', ({positional}) => joinPaths(positional)),
    normpath: one('normpath', (text) => path.normalize(text).replace(/(?<=.)\/$/, '')),
    realpath: one('realpath', absolute),
    sep: '/',
    split: one('split', (text) => {
      const at = text.lastIndexOf('/') + 1
      const head = text.slice(0, at)
      return new PyTuple([/[^/]/.test(head) ? head.replace(/\/+$/, '') : head, text.slice(at)])
    }),
    splitext: one('splitext', (text) => {
      const extension = path.extname(text)
      return new PyTuple([text.slice(0, text.length - extension.length), extension])
    }),
  })
}

/** Unlike Node's join: an absolute part starts afresh and nothing is normalised. */
function joinPaths(parts: readonly Py[]): string {
  let joined = ''
  for (const [index, part] of parts.entries()) {
    if (typeof part !== 'string')
      throw new PyException('TypeError', `join() argument must be str, not ${typeName(part)}`)
    if (index === 0 || part.startsWith('/')) joined = part
    else joined += (joined === '' || joined.endsWith('/') ? '' : '/') + part
  }
  if (parts.length === 0) throw new PyException('TypeError', 'join() needs an argument')
  return joined
}

/** `urllib.parse.quote`: letters, digits and `_.-~` stay, beside those in `safe`. */
function percentEncode(text: string, safe: string, plus: boolean): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      if (byte < 0x80 && (/[\w.~-]/.test(character) || safe.includes(character))) return character
      if (plus && character === ' ') return '+'
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

function decodeBase64(value: Py): Uint8Array {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
  if (typeof text !== 'string')
    throw new PyException('TypeError', `a bytes-like object is required, not ${typeName(value)}`)
  const clean = text.replace(/[^A-Za-z0-9+/=]/g, '')
  if (clean.replace(/=+$/, '').length % 4 === 1) throw new PyException('ValueError', 'the text is no base64')
  return Uint8Array.from(Buffer.from(clean, 'base64'))
}

function define(name: string, call: (args: Arguments) => Py): PyFunction {
  return new PyFunction(name, call)
}
