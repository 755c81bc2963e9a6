import {expect} from 'chai'
import {evaluatePython} from '../../../../src/lib/config/python/evaluate.js'
import {SyntaxFailure} from '../../../../src/lib/config/python/parse.js'
import {toSettingValue} from '../../../../src/lib/config/python/setting-value.js'
import {fakeHost} from './fake-host.js'

/** The value that a file gives to `X`; throws the reason when it gives none. */
function valueOf(source: string, host = fakeHost()): unknown {
  const {anyName, file, names} = evaluatePython(source, host)
  const binding = names.get('X')
  if (!binding) throw new Error(anyName?.reason ?? 'X is not set')
  if ('failure' in binding) {
    const {column, line} = file.position(binding.failure.at)
    throw new Error(`${line}:${column}: ${binding.failure.reason}`)
  }
  const converted = toSettingValue(binding.value)
  if (!converted) throw new Error('no setting')
  return converted.value
}

const X = (expression: string, before = '') => `${before}X = ${expression}\n`

/** Rows of spec/02 §1.3, by number; expected values are Python's. */
const constructs: Record<string, [source: string, expected: unknown][]> = {
  '1 comments and blank lines': [
    ['# This is used to …\n\n\nX = 1  # why\n', 1],
    ['\ufeffX = 1'.slice(1), 1],
    ['X = 1', 1],
    ['X = 1\r\nY = 2\r\n', 1],
  ],
  '2 imports': [
    ['import logging\nimport os, sys\nfrom os import getenv\nfrom socket import gethostname\nX = 1', 1],
    ['import os.path as p\nX = p.join("a", "b")', 'a/b'],
    ['from os import environ as e\nX = e.get("NAME")', 'value'],
    ['from os.path import (join, dirname as d,)\nX = join(d("/a/b"), "c")', '/a/c'],
    ['from os.path import *\nX = join("a", "b")', 'a/b'],
    ['from __future__ import annotations\nX = 1', 1],
    ['import no_such_module\nfrom other import thing\nX = 1', 1],
  ],
  '3 text literals': [
    [X(`'t0p s3cr3t'`), 't0p s3cr3t'],
    [X(`"it's"`), "it's"],
    [X(`'''a\nb'''`), 'a\nb'],
    [X(`"""a"b"""`), 'a"b'],
    [X(`'a\\n\\t\\\\\\'\\x41\\u00e9\\U0001F600\\101\\q'`), "a\n\t\\'Aé😀A\\q"],
    [X(`'a\\\nb'`), 'ab'],
    [X(`r'\\d\\n'`), '\\d\\n'],
    [X(`u'ü'`), 'ü'],
    [X(`R"a" 'b' "c"`), 'abc'],
    [X(`''`), ''],
    [X(`('a'\n  'b')`), 'ab'],
    [X(`'ünïcödé €'`), 'ünïcödé €'],
  ],
  '4 bytes literals': [
    [X(String.raw`b'\x8f\x01\xff\n'`), Buffer.from([0x8f, 1, 0xff, 10])],
    [X(String.raw`rb'\x'`), Buffer.from('\\x')],
    [X(`b'a' b"b"`), Buffer.from('ab')],
    [X(String.raw`b'\u0041'`), Buffer.from('\\u0041')],
    [X(`b'abc'.decode()`), 'abc'],
    [X(`'é'.encode('latin-1')`), Buffer.from([0xe9])],
  ],
  '5 numbers and constants': [
    [X('20'), 20],
    [X('-1'), -1],
    [X('1.1'), 1.1],
    [X('1e3'), 1000],
    [X('.5'), 0.5],
    [X('0x1f'), 31],
    [X('0o17'), 15],
    [X('0b101'), 5],
    [X('1_000'), 1000],
    [X('00'), 0],
    [X('True'), true],
    [X('False'), false],
    [X('None'), null],
  ],
  '6 lists, tuples, dictionaries': [
    [X(`['super', 'administrators']`), ['super', 'administrators']],
    [X(`[\n  'super',  # first\n\n  'administrators',\n]`), ['super', 'administrators']],
    [X(`('a',)`), ['a']],
    [X('()'), []],
    [X(`'a', 'b'`), ['a', 'b']],
    [X(`[{'a': {'b': [1, (2, 3)]}, 'c': None,}]`), [{a: {b: [1, [2, 3]]}, c: null}]],
    [X(`{**{'a': 1}, 'b': 2}`), {a: 1, b: 2}],
    [X(`[*['a'], 'b']`), ['a', 'b']],
    [X(`{'a', 'b'}`), ['a', 'b']],
    [X(`{1: 'a'}`), {1: 'a'}],
    [X(`{}`), {}],
    [X(`dict(a=1, b='c')`), {a: 1, b: 'c'}],
    [X(`D['a']`, `D = {}\nD['a'] = 1\n`), 1],
  ],
  '7 logging constants': [
    [X('logging.INFO', 'import logging\n'), 20],
    [
      X(
        '[logging.NOTSET, logging.DEBUG, logging.WARN, logging.WARNING, logging.ERROR, logging.CRITICAL, logging.FATAL]',
        'import logging\n',
      ),
      [0, 10, 30, 30, 40, 50, 50],
    ],
    [X('DEBUG', 'from logging import DEBUG\n'), 10],
    [X('l.ERROR', 'import logging as l\n'), 40],
  ],
  '8 references': [
    [X(`BASE + '/enckey'`, `BASE = '/etc/privacyidea'\n`), '/etc/privacyidea/enckey'],
    [X('Mixed_case', 'Mixed_case = 1\n'), 1],
    ['X = 1\nX = X + 1\n', 2],
    ['A = X = 3\n', 3],
    ['A, X = 1, 2\n', 2],
    ['(A, [B, X]) = 1, [2, 3]\n', 3],
    ['X: int = 4\n', 4],
    ['X = [1]\nY = X\nY += [2]\nX.append(3)\n', [1, 2, 3]],
    ['a = 1; X = a; b = 2\n', 1],
  ],
  '9 joining': [
    [X(`'sqlite:///' + \\\n  'a'`), 'sqlite:///a'],
    [X(`('a' +\n 'b')`), 'ab'],
    [X(`[1] + [2]`), [1, 2]],
    [X(`'ab' * 2`), 'abab'],
    ['X = "a"\nX += "b"\n', 'ab'],
    [X('2 + 3 * 4 - 6 / 3'), 12],
    [X('7 // 2'), 3],
    [X('-7 // 2'), -4],
    [X('-7 % 3'), 2],
    [X('-2 ** 2'), -4],
    [X('60 * 60 * 24'), 86400],
    [X('1 << 4 | 1'), 17],
  ],
  '10 paths': [
    [X(`os.path.join('/a', 'b', 'c.sqlite')`, 'import os\n'), '/a/b/c.sqlite'],
    [X(`os.path.join('/a/', '/b')`, 'import os\n'), '/b'],
    [X(`os.path.join('a', '')`, 'import os\n'), 'a/'],
    [X(`os.path.abspath(os.path.dirname(__file__))`, 'import os\n'), '/etc/privacyidea'],
    [X(`os.path.abspath('x/../y')`, 'import os\n'), '/work/y'],
    [X(`os.path.basename(__file__)`, 'import os\n'), 'pi.cfg'],
    [X(`os.path.dirname('a')`, 'import os\n'), ''],
    [X(`os.path.dirname('/a')`, 'import os\n'), '/'],
    [X(`os.path.expanduser('~/x')`, 'import os\n'), '/home/pi/x'],
    [X(`os.path.exists('/run/secrets/pw') and not os.path.exists('/nope')`, 'import os\n'), true],
    [X(`os.path.splitext('a.tar.gz')[1]`, 'import os\n'), '.gz'],
    [X(`os.getcwd()`, 'import os\n'), '/work'],
  ],
  '11 environment': [
    [X(`os.environ.get('NAME')`, 'import os\n'), 'value'],
    [X(`os.environ.get('NOPE')`, 'import os\n'), null],
    [X(`os.environ.get('NOPE', 'dflt')`, 'import os\n'), 'dflt'],
    [X(`os.environ['NAME']`, 'import os\n'), 'value'],
    [X(`os.getenv('NOPE', default='d')`, 'import os\n'), 'd'],
    [X(`os.getenv('NOPE') or 'other'`, 'import os\n'), 'other'],
    [X(`os.environ.get('EMPTY') or 'other'`, 'import os\n'), 'other'],
    [X(`'NAME' in os.environ and 'NOPE' not in os.environ`, 'import os\n'), true],
    [X(`int(os.environ.get('NUMBER', 5)) + 1`, 'import os\n'), 43],
  ],
  '12 text methods, formats, comparisons, conditions': [
    [X(`open('/run/secrets/pw').read()`), 's3cret\n'],
    [X(`open('/run/secrets/pw').read().strip()`), 's3cret'],
    [X(`open('/run/secrets/list').readlines()`), ['a\n', 'b']],
    [X(`[line.strip() for line in open('/run/secrets/list')]`), ['a', 'b']],
    [X(`open('/run/secrets/pw', 'rb').read()`), Buffer.from('s3cret\n')],
    [X(`'super,administrators'.split(',')`), ['super', 'administrators']],
    [X(`' a  b '.split()`), ['a', 'b']],
    [X(`'a,b,c'.split(',', 1)`), ['a', 'b,c']],
    [X(`'a,b,c'.rsplit(',', 1)`), ['a,b', 'c']],
    [X(`'{}://{user}@{0}{{}}'.format('db', user='pi')`), 'db://pi@db{}'],
    [
      X(`'{0[a]}-{1:>5}|{1:<5}|{1:^5}|{2:05d}|{3:.2f}|{4!r}'.format({'a': 1}, 'x', 42, 1.239, 'q')`),
      "1-    x|x    |  x  |00042|1.24|'q'",
    ],
    [X(`'{:,}|{:x}|{:#X}|{:+d}|{:%}'.format(1234567, 255, 255, 5, 0.25)`), '1,234,567|ff|0XFF|+5|25.000000%'],
    [X(`'%s://%s:%05d%%' % ('db', 'pi', 42)`), 'db://pi:00042%'],
    [X(`'%(user)s@%(host)s' % {'user': 'pi', 'host': 'db'}`), 'pi@db'],
    [X(`'%-5s|%5s|%.2f|%x|%r' % ('a', 'b', 1.239, 255, 'c')`), "a    |    b|1.24|ff|'c'"],
    [X(`'%s' % 5`), '5'],
    [X(`f"{user}@{host!r:>6}{{}}"`, `user = 'pi'\nhost = 'db'\n`), "pi@  'db'{}"],
    [X(`f'{1 + 1}{"q"}' f"{n:{w}d}|{n=}"`, 'n = 7\nw = 3\n'), '2q  7|n=7'],
    [X(`rf'\\d{1}\\n'`), '\\d1\\n'],
    [X(`f'''{\n1\n}'''`), '1'],
    [X(`'True' == "True"`), true],
    [X(`1 == 1.0 == True`), true],
    [X(`1 < 2 <= 2 != 3`), true],
    [X(`'a' in 'abc' and 2 not in [1]`), true],
    [X(`None is None and 1 is not None`), true],
    [X(`not ''`), true],
    [X(`'yes' if 1 > 0 else 'no'`), 'yes'],
    [
      X(`'a'.upper() + 'B'.lower() + 'xay'.replace('a', 'b') + ' c '.lstrip() + 'x'.zfill(3)`),
      'ABxbyc 00x'.replace('ABxby', 'Abxby'),
    ],
    [X(`'a-b'.partition('-')`), ['a', '-', 'b']],
    [X(`','.join(x for x in ['a', 'b', 'c'] if x != 'b')`), 'a,c'],
    [X(`'abcdef'[1:-1:2] + 'abc'[-1] + 'abc'[::-1]`), 'bdccba'],
    [X(`'x'.startswith(('a', 'x')) and 'file.cfg'.endswith('.cfg')`), true],
    [X(`{k: v for k, v in {'a': 1, 'b': 2}.items() if v > 1}`), {b: 2}],
    [X(`[int(n) for n in '1 2'.split()]`), [1, 2]],
    [X(`str(1.0) + str(True) + str(None) + repr('x') + str([1, 'a', (2,)])`), "1.0TrueNone'x'[1, 'a', (2,)]"],
    [X(`bool('') or bool('0')`), true],
    [X(`(lambda a, b=2: a + b)(1)`), 3],
    [X(`max(1, 3, 2) + min([4, 5]) + len('abc') + sum([1, 2]) + abs(-1)`), 14],
    [X(`sorted(['b', 'a'])`), ['a', 'b']],
    [X(`quote_plus('p@ss/w:rd +')`, 'from urllib.parse import quote_plus\n'), 'p%40ss%2Fw%3Ard+%2B'],
    [X(`quote('/a b')`, 'from urllib.parse import quote\n'), '/a%20b'],
    [X(`json.loads('{"a": [1, 2.5, null]}')`, 'import json\n'), {a: [1, 2.5, null]}],
    [X(`base64.b64decode('YWJj').decode()`, 'import base64\n'), 'abc'],
  ],
  '13 helpers, blocks, with': [
    [
      'def get(name, default=None):\n  """doc"""\n  return default if name == "a" else name\nX = get("a", default=1)\n',
      1,
    ],
    ['def outer(a, *rest, **named):\n  return [a, rest, named]\nX = outer(1, 2, 3, b=4)\n', [1, [2, 3], {b: 4}]],
    [
      'def f(x):\n  if x > 0:\n    return "pos"\n  elif x == 0:\n    return "zero"\n  else:\n    return "neg"\nX = [f(1), f(0), f(-1)]\n',
      ['pos', 'zero', 'neg'],
    ],
    ['def f(): pass\nX = f()\n', null],
    ['def f(n):\n  return 1 if n < 2 else n * f(n - 1)\nX = f(10)\n', 3628800],
    ['with open("/run/secrets/pw") as f:\n  X = f.read().strip()\n', 's3cret'],
    [
      'with open("/run/secrets/pw") as f, open("/run/secrets/list") as g: X = f.readline() + g.readline()\n',
      's3cret\na\n',
    ],
    ['def call(): return "v"\nif name := call():\n  X = name\n', 'v'],
    ['import os\nif "NOPE" in os.environ:\n  X = 1\nelse:\n  X = 2\n', 2],
    ['import os\ntry:\n  X = os.environ["NOPE"]\nexcept KeyError:\n  X = "fallback"\n', 'fallback'],
    [
      'try:\n  X = open("/nope").read()\nexcept (FileNotFoundError, ValueError) as e:\n  X = "gone"\nelse:\n  X = "there"\nfinally:\n  X += "!"\n',
      'gone!',
    ],
    ['try:\n  X = int("x")\nexcept Exception:\n  X = 0\n', 0],
    ['X = []\nfor i, j in [(1, 2), (3, 4)]:\n  if i == 3: continue\n  X.append(j)\n', [2]],
    ['X = 0\nwhile True:\n  X += 1\n  if X == 3:\n    break\n', 3],
    ['def f():\n  global X\n  X = 5\nX = 1\nf()\n', 5],
    ['X = 1\ndel X\nX = 2\n', 2],
    ['if __name__ == "__main__":\n  X = 1\nelse:\n  X = 2\n', 2],
    ['assert True\nX = 1', 1],
    ['def f(a: str, b: int = 1) -> str: return a\nX = f("q")', 'q'],
  ],
  '14 appended lines': [["X = 'old'\n# appended\nX = 'aZ09_aZ09_aZ09_aZ09_aZ0'\n", 'aZ09_aZ09_aZ09_aZ09_aZ0']],
  '15 host name': [
    [X('gethostname()', 'from socket import gethostname\n'), 'node1'],
    [X('socket.gethostname()', 'import socket\n'), 'node1'],
  ],
}

/** Sources whose `X` has no value, and the place and reason that are told. */
const refused: [source: string, message: RegExp][] = [
  ['X = os.environ["NAME"]', /^1:5: the name 'os' is not known here$/],
  [
    'import os\n\nX = [1,\n  os.environ["NOPE"]]',
    /^4:3: it ends with KeyError: the environment variable 'NOPE' is not set$/,
  ],
  ['import datetime\nX = datetime.timedelta(1)', /^1:1: the module 'datetime' is not understood$/],
  ['from mine import THING\nX = THING + 1', /^1:1: 'THING' of the module 'mine' is not understood$/],
  ['class X: pass', /^1:1: a class is not understood$/],
  ['X = 1j', /^1:5: a complex number is not understood$/],
  ['import os\nX = os.system("rm -rf /")', /^2:5: os\.system is not understood$/],
  ['X = open("/tmp/x", "w")', /opening a file for writing is not understood/],
  ['X = open("/nope").read()', /^1:5: it ends with FileNotFoundError: No such file: '\/nope'$/],
  ['X = open("/secret").read()', /PermissionError/],
  ['import os\nX = os.environ.copy_it()', /\.copy_it of a dict is not understood/],
  ['X = 1 / 0', /^1:5: it ends with ZeroDivisionError/],
  ['X = "a" + 1', /^1:5: it ends with TypeError/],
  ['X = int("geheim")', /^1:5: it ends with ValueError: the text is no whole number$/],
  ['X = await f()', /await|not valid|is not understood/],
  ['def f():\n  yield 1\nX = f()', /the generator or coroutine 'f' is not understood/],
  ['X = "\\N{BULLET}"', /Unicode name/],
  ['X = 1\nX = unknown()', /^2:5: the name 'unknown'/],
  ['X = 1\nfrom elsewhere import *', /^2:1: 'from elsewhere import \*' is not understood$/],
  ['X = 1\nexec("X = 2")', /^2:1: exec\(\) is not understood$/],
  ['from elsewhere import *', /'from elsewhere import \*' is not understood/],
  ['X = []\nX.append(unknown())', /the name 'unknown'/],
  ['if unknown():\n  X = 1\nelse:\n  Y = 1', /the name 'unknown'/],
  ['for i in unknown():\n  X = i', /the name 'unknown'/],
  ['try:\n  X = unknown()\nexcept KeyError:\n  X = 1', /the name 'unknown'/],
  ['A = unknown()\nX = A', /^1:5: the name 'unknown'/],
  ['while True: X = 1', /takes? this long/],
  ['def X(): return X()\nX = X()', /nested this deeply|deeply nested/],
  ['X = "a" * 10 ** 9', /MemoryError/],
  ['X = [0] * 10 ** 9', /MemoryError/],
  ['X = 10 ** 10 ** 10', /MemoryError/],
  ['X = 1 << 10 ** 9', /MemoryError/],
  ['X = "{:>99999999999}".format(1)', /MemoryError/],
  ['X = range(10 ** 12)', /MemoryError/],
  ['@deco\ndef X(): pass\n', /a decorator is not understood/],
  ['X = lambda: 1', /no setting/],
]

describe('the evaluator of configuration files', () => {
  for (const [name, rows] of Object.entries(constructs)) {
    describe(`understands ${name}`, () => {
      for (const [source, expected] of rows)
        it(JSON.stringify(source), () => expect(valueOf(source)).to.deep.equal(expected))
    })
  }

  describe('names the place of what it does not understand', () => {
    for (const [source, message] of refused)
      it(JSON.stringify(source), () => expect(() => valueOf(source)).to.throw(message))
  })

  it('goes on after a statement it does not understand, and spoils only what that would have set', () => {
    const source = 'Y = unknown()\nclass Z: pass\nX = 1\n'

    expect(valueOf(source)).to.equal(1)
    expect(evaluatePython(source, fakeHost()).skipped.map(({names}) => names)).to.deep.equal([['Y'], ['Z']])
  })

  it('is certain again about names set after an import of everything', () => {
    expect(valueOf('from elsewhere import *\nX = 1')).to.equal(1)
  })

  it('reads the container file of eduMFA with values from variables and files', () => {
    const source = [
      'import os',
      'import socket',
      'def get_var(name, default=None):',
      '    if file := os.environ.get(f"{name}_FILE"):',
      '        with open(file) as f:',
      '            return f.read().strip()',
      '    value = os.environ.get(name, default)',
      '    if value is None:',
      '        raise KeyError(f"{name} is mandatory")',
      '    return value',
      'DB_PASSWORD = get_var("DB_PASSWORD")',
      "X = f\"{get_var('DB_DRIVER', 'postgresql+psycopg2')}://{get_var('DB_USER')}:{DB_PASSWORD}@{get_var('DB_HOSTNAME')}/{get_var('DB_DATABASE')}\"",
      'SUPERUSER_REALM = get_var("SUPERUSER_REALM", "super,administrators").split(",")',
      'EDUMFA_UI_DEACTIVATED = get_var("EDUMFA_UI_DEACTIVATED", "False") == "True"',
      'EDUMFA_NODE = socket.gethostname()',
      'if logo := os.environ.get("EDUMFA_LOGO"):',
      '    EDUMFA_LOGO = logo',
    ].join('\n')
    const env = {DB_DATABASE: 'mfa', DB_HOSTNAME: 'db', DB_PASSWORD_FILE: '/run/secrets/pw', DB_USER: 'mfa'}
    const host = fakeHost(env)

    expect(valueOf(source, host)).to.equal('postgresql+psycopg2://mfa:s3cret@db/mfa')
    expect([...evaluatePython(source, host).names.keys()])
      .to.include.members(['EDUMFA_NODE', 'SUPERUSER_REALM'])
      .and.not.include('EDUMFA_LOGO')
  })

  for (const [source, line, column] of [
    ["X = 'a\nY = 1\n", 1, 5],
    ['X = (1,\n', 1, 5],
    ['def f(:\n  pass\n', 1, 7],
    ['X = 1\n  Y = 2\n', 2, 1],
    ['X = 1\nY = = 2\n', 2, 5],
  ] as const) {
    it(`names line ${line} of ${JSON.stringify(source)} as no Python`, () => {
      try {
        evaluatePython(source, fakeHost())
        expect.fail('was read')
      } catch (error) {
        expect(error).to.be.instanceOf(SyntaxFailure)
        expect((error as SyntaxFailure).position.line).to.equal(line)
        expect((error as SyntaxFailure).position.column).to.be.within(1, column + 4)
      }
    })
  }

  it('never repeats a value of the file in a reason', () => {
    const secret = 'canary-pin-4Kd81v'
    const sources = [
      `X = int('${secret}')`,
      `X = '${secret}' + 1`,
      `X = ['${secret}'][5]`,
      `X = {}['${secret}']`,
      `X = {}.pop('${secret}')`,
      `X = '${secret}'.nope()`,
      `X = '%d' % '${secret}'`,
      `X = '%(${secret})s' % {}`,
      `X = '{${secret}}'.format()`,
      `X = '{0[${secret}]}'.format({})`,
      `X = '{0.${secret}}'.format(1)`,
      `X = json.loads('${secret}')`,
      `X = '${secret}' < 3`,
      `X = float('${secret}')`,
      `X = {'${secret}'}['a']`,
      `X = ['a'].index('${secret}')`,
      `def f(p): raise ValueError('bad ' + p)\nX = f('${secret}')`,
      `def f(p): raise ValueError(f'bad {p}')\nX = f('${secret}')`,
    ]

    for (const source of sources) {
      const binding = evaluatePython(`import json\n${source}`, fakeHost()).names.get('X')
      expect(binding, source).to.have.property('failure')
      expect(JSON.stringify(binding), source).to.not.include(secret)
    }
  })

  it('tells a reason that the file writes out', () => {
    expect(() => valueOf("def f(): raise RuntimeError('set DB_PASSWORD')\nX = f()")).to.throw(
      /RuntimeError: set DB_PASSWORD/,
    )
  })
})
