import type {PythonHost} from '../../../../src/lib/config/python/host.js'

const files: Record<string, string> = {'/run/secrets/list': 'a\nb', '/run/secrets/pw': 's3cret\n'}

/** A machine with a few files and variables, for evaluating configuration files. */
export function fakeHost(env: Record<string, string> = {EMPTY: '', NAME: 'value', NUMBER: '42'}): PythonHost {
  return {
    cwd: '/work',
    env,
    file: '/etc/privacyidea/pi.cfg',
    homeDirectory: '/home/pi',
    hostname: 'node1',
    kindOf: (path) => (path in files ? 'file' : undefined),
    readFile(path) {
      if (path === '/secret') throw Object.assign(new Error('denied'), {code: 'EACCES'})
      const content = files[path]
      return content === undefined ? undefined : Buffer.from(content)
    },
  }
}
