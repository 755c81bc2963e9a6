import path from 'node:path/posix'
import type {PythonHost} from './host.js'
import {argument, textArgument} from './methods.js'
import {NotUnderstood} from './failure.js'
import {PyException, PyFunction, PyList, PyObject, type Py} from './values.js'

/** `open(path)` for reading; the content is read at once. */
export function openFile(host: PythonHost): PyFunction {
  return new PyFunction('open', (args) => {
    const name = textArgument(args, 0, 'file')
    const mode = textArgument(args, 1, 'mode', 'r')
    if (/[wax+]/.test(mode)) throw new NotUnderstood('opening a file for writing', -1)
    let bytes: Uint8Array | undefined
    try {
      bytes = host.readFile(path.resolve(host.cwd, name))
    } catch (error) {
      const {code} = error as {code?: string}
      throw new PyException(code === 'EACCES' ? 'PermissionError' : 'OSError', `cannot read the file '${name}'`)
    }
    if (!bytes) throw new PyException('FileNotFoundError', `No such file: '${name}'`)
    return fileObject(mode.includes('b') ? bytes : decode(bytes, name, argument(args, 3, 'encoding', null)))
  })
}

function decode(bytes: Uint8Array, name: string, encoding: Py): string {
  const latin = typeof encoding === 'string' && /^(?:latin[-_]?1|iso-?8859-1)$/i.test(encoding)
  try {
    const text = latin ? Buffer.from(bytes).toString('latin1') : new TextDecoder('utf-8', {fatal: true}).decode(bytes)
    return text.replace(/\r\n?/g, '\n')
  } catch {
    throw new PyException('UnicodeDecodeError', `the file '${name}' is no UTF-8 text`)
  }
}

function fileObject(content: string | Uint8Array): PyObject {
  let rest: string | Uint8Array = content
  const method = (name: string, call: () => Py) => new PyFunction(name, call)
  const lines = () => (typeof rest === 'string' ? (rest.match(/[^\n]*\n|[^\n]+/g) ?? []) : [rest])
  const readLine = (): Py => {
    const line = lines()[0] ?? (typeof rest === 'string' ? '' : new Uint8Array())
    rest = rest.slice(line.length)
    return line
  }
  return new PyObject(
    'file',
    {
      close: method('close', () => null),
      read: method('read', () => {
        const all = rest
        rest = rest.slice(rest.length)
        return all
      }),
      readline: method('readline', readLine),
      readlines: method('readlines', () => {
        const all = lines()
        rest = rest.slice(rest.length)
        return new PyList([...all])
      }),
    },
    lines(),
  )
}
