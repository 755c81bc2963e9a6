/** How a command of the originals is called here. Words have hyphens for underscores; the longest match wins. */
export interface Spelling {
  from: readonly string[]
  /** Where it leads to, best first: the first that exists is taken. */
  to: readonly string[]
  /** Flags to add when none of `unless` is given. */
  add?: {flags: readonly string[]; unless: readonly string[]}
  /** An old spelling asks nothing and prints what the original printed; false for mere aliases. */
  old: boolean
}

const old = (from: string, ...to: string[]): Spelling => ({from: from.split(' '), old: true, to})
const alias = (from: string, ...to: string[]): Spelling => ({from: from.split(' '), old: false, to})

/** Topics that 3.10 moved below `config`. */
const movedTopics = ['authcache', 'ca', 'challenge', 'event', 'hsm', 'policy', 'realm', 'remembered-device', 'resolver']

export const spellings: readonly Spelling[] = [
  old('create-enckey', 'enckey create', 'setup create-enckey'),
  alias('setup create-enckey', 'enckey create'),
  alias('enckey create', 'setup create-enckey'),
  old('encrypt-enckey', 'enckey encrypt'),
  alias('setup encrypt-enckey', 'enckey encrypt'),
  old('create-audit-keys', 'setup create-audit-keys'),
  alias('audit create-keys', 'setup create-audit-keys'),
  old('create-pgp-keys', 'setup create-pgp-keys'),
  old('create-tables', 'db create-tables'),
  old('createdb', 'db create-tables'),
  alias('setup create-tables', 'db create-tables'),
  old('drop-tables', 'db drop-tables'),
  old('dropdb', 'db drop-tables'),
  alias('setup drop-tables', 'db drop-tables'),
  old('wait-for-db', 'db wait'),
  alias('db current', 'db status'),
  old('rotate-audit', 'audit rotate'),
  old('audit rotate-audit', 'audit rotate'),
  old('api createtoken', 'api create-token'),
  old('create-internal', 'resolver create-internal'),
  old('policy p-export', 'policy export'),
  old('policy p-import', 'policy import'),
  old('event e-export', 'event export'),
  old('event e-import', 'event import'),
  old('resolver r-export', 'resolver export'),
  old('resolver r-import', 'resolver import'),
  {
    ...old('config exporter', 'config exporter', 'config export'),
    add: {flags: ['--format', 'python'], unless: ['-f', '--format']},
  },
  old('config importer', 'config importer', 'config import'),
  ...movedTopics.map((topic) => alias(`config ${topic}`, topic)),
  alias('config export policy', 'policy export'),
  alias('config export event', 'event export'),
  alias('config import policy', 'policy import'),
  alias('config import event', 'event import'),
  alias('token import', 'import tokens'),
  alias('import tokens', 'token import'),
  alias('janitor', 'token-janitor'),
  old('token-janitor loadtokens', 'token-janitor load'),
  old('token-janitor import pskc', 'token-janitor load'),
  {
    ...old('token-janitor import privacyidea', 'import tokens'),
    add: {flags: ['--format', 'privacyidea-export'], unless: ['--format']},
  },
  old('token-janitor updatetokens', 'token-janitor update'),
  old('token-janitor cleanupchallenges', 'challenge cleanup'),
  old('token-janitor cleanupjwtblacklist', 'jwt-blacklist cleanup'),
  alias('task', 'cron'),
  alias('usercache delete', 'usercache cleanup'),
  old('get-serial byotp', 'token find-by-otp'),
]

/** Commands of the originals that this tool does not have, and what to do instead. */
export const notProvided: Readonly<Record<string, string>> = {
  'db branches': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'db downgrade': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'db edit': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'db init': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'db merge': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'db migrate': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'db revision': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'db show': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'db upgrade': "This needs the server's migration scripts: run the server's own pi-manage db.",
  'migrate linotp':
    'Import the LinOTP database or a dump of it: pi-manage import tokens FILE --format linotp --source-key-file encKey',
  'migrate linotp-counters':
    'Import the LinOTP database again: pi-manage import tokens FILE --format linotp --source-key-file encKey --existing update',
  profile: 'There is no web application here to profile.',
  routes:
    'There is no web application here; the listener of the validate interface is started with: pi-manage validate serve',
  run: 'There is no web application here; the listener of the validate interface is started with: pi-manage validate serve',
  runserver:
    'There is no web application here; the listener of the validate interface is started with: pi-manage validate serve',
  shell: 'There is no Python here; the library of this tool can be used from Node.',
  test: 'The tests of the server come with the server.',
}
