import {expect} from 'chai'
import {rewriteWith} from '../../../../src/cli/compat/argv.js'
import {surfaceOf} from '../../../../src/cli/compat/surface.js'
import {PiError} from '../../../../src/lib/errors.js'

const option = (name: string, more: {aliases?: string[]; char?: string; charAliases?: string[]} = {}) => ({
  name,
  type: 'option',
  ...more,
})
const toggle = (name: string, more: {aliases?: string[]; char?: string} = {}) => ({name, type: 'boolean', ...more})
const flags = (...list: {name: string; type: string}[]) => Object.fromEntries(list.map((flag) => [flag.name, flag]))
const global = [option('config', {aliases: ['pi-config'], char: 'C'}), toggle('quiet', {char: 'q'}), toggle('json')]

const surface = surfaceOf(
  Object.entries({
    'admin:add': flags(...global, option('email', {char: 'e'}), option('password', {char: 'p'})),
    'admin:delete': flags(...global, toggle('yes', {char: 'y'})),
    'api:create-token': flags(...global, option('role', {char: 'r'}), option('days', {char: 'd'})),
    'audit:dump': flags(...global, option('timelimit', {char: 't'})),
    'audit:rotate': flags(
      ...global,
      option('highwatermark', {aliases: ['hw']}),
      option('lowwatermark', {aliases: ['lw']}),
      option('age'),
      toggle('dry-run', {aliases: ['dryrun']}),
      option('chunksize'),
    ),
    'authcache:cleanup': flags(...global, option('minutes', {char: 'm'})),
    'challenge:cleanup': flags(...global),
    'config:export': flags(
      ...global,
      option('types', {char: 't'}),
      option('format', {char: 'f'}),
      option('name', {char: 'n'}),
    ),
    'config:import': flags(...global, option('types', {char: 't'}), option('input', {char: 'i'})),
    'config:import:resolver': flags(...global, toggle('cleanup', {char: 'c'}), option('file', {char: 'f'})),
    'cron:list': flags(...global),
    'cron:run-manually': flags(...global, option('task', {char: 't'})),
    'cron:run-scheduled': flags(...global, toggle('cron', {char: 'c'})),
    'db:create-tables': flags(...global, toggle('stamp', {char: 's'})),
    'db:drop-tables': flags(...global, option('dropit', {char: 'd'})),
    'db:stamp': flags(...global, option('directory', {char: 'd'})),
    'db:status': flags(...global),
    'enckey:create': flags(...global, option('enckey-b64', {char: 'e'})),
    'enckey:encrypt': flags(...global),
    'event:export': flags(...global),
    'import:tokens': flags(...global, option('tokenrealm', {char: 't'})),
    'policy:export': flags(...global),
    'policy:import': flags(...global),
    'policy:list': flags(...global),
    'realm:create': flags(...global),
    'realm:set-default': flags(...global),
    'resolver:create-internal': flags(...global),
    'setup:create-audit-keys': flags(...global, option('keysize', {char: 'k'})),
    'token-janitor:container': flags(...global, option('token-serial')),
    'token-janitor:find': flags(
      ...global,
      option('last-auth'),
      option('tokeninfo-key'),
      option('tokeninfo-value'),
      option('action'),
      option('set-description'),
      option('set-tokeninfo-key'),
      option('set-tokeninfo-value'),
      option('serial'),
      toggle('sum'),
    ),
    'token-janitor:load': flags(...global, option('pskc'), option('preshared-key-hex')),
    'token:find-by-otp': flags(...global, option('type'), toggle('unassigned')),
    'token:counters:export': flags(...global),
    'token:counters:update': flags(...global, toggle('increase-only')),
    'user:expire': flags(...global, option('realm'), option('delete-serial'), toggle('dry-run')),
    'user:passwd-line': flags(...global, option('user'), option('uid'), option('format')),
    'usercache:cleanup': flags(...global, toggle('dry-run')),
    'validate:check': flags(...global, option('realm', {char: 'r'})),
    'validate:serve': flags(...global),
  }).map(([id, own]) => ({flags: own, id})),
)

/** What is typed, what our command line becomes, and whether it counts as old. */
type Row = [typed: string, becomes: string, shim?: 'shim']

/** spec/03-cli.md §E, table and acceptance list, and §A.2. */
const rows: Record<string, Row[]> = {
  'leaves our own command lines alone': [
    ['pi-manage admin add alice --email a@b', 'admin add alice --email a@b'],
    ['pi-manage policy list --json', 'policy list --json'],
    ['pi-manage admin delete my_admin --yes', 'admin delete my_admin --yes'],
    ['pi-manage validate check alice pw', 'validate check alice pw'],
    ['pi-manage validate serve', 'validate serve'],
    ['pi-manage --help', '--help'],
    ['pi-manage', ''],
    [
      'pi-manage token-janitor find --serial a_b --action mark --set-description x_y',
      'token-janitor find --serial a_b --action mark --set-description x_y',
    ],
    ['pi-manage import tokens file_1.csv -t realm_a', 'import tokens file_1.csv -t realm_a'],
    ['pi-manage bogus_command x', 'bogus-command x'],
  ],
  'old commands': [
    ['pi-manage create_enckey', 'enckey create', 'shim'],
    ['pi-manage create_enckey --enckey_b64=AAAA', 'enckey create --enckey-b64=AAAA', 'shim'],
    ['pi-manage setup create_enckey', 'enckey create', 'shim'],
    ['pi-manage setup create-enckey', 'enckey create'],
    ['pi-manage encrypt_enckey /etc/privacyidea/enckey', 'enckey encrypt /etc/privacyidea/enckey', 'shim'],
    ['pi-manage create_audit_keys', 'setup create-audit-keys', 'shim'],
    ['pi-manage create_audit_keys -k 4096', 'setup create-audit-keys -k 4096', 'shim'],
    ['pi-manage create_tables', 'db create-tables', 'shim'],
    ['pi-manage create_tables -s', 'db create-tables -s', 'shim'],
    ['pi-manage createdb', 'db create-tables', 'shim'],
    ['pi-manage drop_tables --dropit yes', 'db drop-tables --dropit yes', 'shim'],
    ['pi-manage dropdb -d yes', 'db drop-tables -d yes', 'shim'],
    ['pi-manage db stamp head -d dir', 'db stamp head -d dir'],
    ['pi-manage db current', 'db status'],
    ['pi-manage admin add admin -e admin@localhost', 'admin add admin -e admin@localhost'],
    ['pi-manage rotate_audit', 'audit rotate', 'shim'],
    [
      'pi-manage rotate_audit --highwatermark 20000 --lowwatermark 18000',
      'audit rotate --highwatermark 20000 --lowwatermark 18000',
      'shim',
    ],
    ['pi-manage rotate_audit --age 365', 'audit rotate --age 365', 'shim'],
    [
      'pi-manage rotate_audit --config /etc/privacyidea/audit.yaml',
      'audit rotate --config /etc/privacyidea/audit.yaml',
      'shim',
    ],
    ['pi-manage audit rotate_audit --dryrun --hw 10 --lw 5', 'audit rotate --dryrun --hw 10 --lw 5', 'shim'],
    ['pi-manage api createtoken -r validate', 'api create-token -r validate', 'shim'],
    ['pi-manage policy p_export', 'policy export', 'shim'],
    ['pi-manage policy p_import', 'policy import', 'shim'],
    ['pi-manage event e_export', 'event export', 'shim'],
    ['pi-manage config policy p_export', 'policy export', 'shim'],
    ['pi-manage resolver create_internal my_users', 'resolver create-internal my_users', 'shim'],
    ['pi-manage realm create internal_realm test', 'realm create internal_realm test'],
    ['pi-manage realm set_default my_realm', 'realm set-default my_realm', 'shim'],
    ['pi-manage config realm set_default my_realm', 'realm set-default my_realm', 'shim'],
    ['pi-manage config realm set-default r', 'realm set-default r'],
    ['pi-manage authcache cleanup --minutes 300', 'authcache cleanup --minutes 300'],
    ['pi-manage config authcache cleanup', 'authcache cleanup'],
    ['pi-manage config challenge cleanup', 'challenge cleanup'],
    ['pi-manage config export -t policy -f json', 'config export -t policy -f json'],
    ['pi-manage config exporter', 'config export --format python', 'shim'],
    ['pi-manage config exporter -f json', 'config export -f json', 'shim'],
    ['pi-manage config importer -i c.json', 'config import -i c.json', 'shim'],
    ['pi-manage token import oath_v1.csv -t corp', 'import tokens oath_v1.csv -t corp'],
    ['pi-manage validate alice 123456', 'validate check alice 123456', 'shim'],
    ['pi-manage validate user_1 a_b -r corp', 'validate check user_1 a_b -r corp', 'shim'],
    ['pi-manage janitor find --sum', 'token-janitor find --sum'],
    ['pi-manage janitor loadtokens --pskc f.xml', 'token-janitor load --pskc f.xml', 'shim'],
    ['pi-manage janitor cleanupchallenges', 'challenge cleanup', 'shim'],
    ['pi-manage task list', 'cron list'],
    ['pi-manage usercache delete', 'usercache cleanup'],
  ],
  'old programs': [
    ['edumfa-manage policy list', 'policy list', 'shim'],
    ['edumfa-manage -q token import F', 'import tokens F -q', 'shim'],
    ['privacyidea-token-janitor find --orphaned 1', 'token-janitor find --orphaned 1', 'shim'],
    ['privacyidea-token-janitor find --last_auth 10d', 'token-janitor find --last-auth 10d', 'shim'],
    [
      'privacyidea-token-janitor loadtokens --pskc f --preshared_key_hex 00',
      'token-janitor load --pskc f --preshared-key-hex 00',
      'shim',
    ],
    ['pi-tokenjanitor import pskc f.xml', 'token-janitor load f.xml', 'shim'],
    ['edumfa-token-janitor find', 'token-janitor find', 'shim'],
    ['privacyidea-cron run_scheduled -c', 'cron run-scheduled -c', 'shim'],
    ['privacyidea-cron run_manually -t stats', 'cron run-manually -t stats', 'shim'],
    ['edumfa-cron list', 'cron list', 'shim'],
    ['privacyidea-get-unused-tokens disable 180d', 'token-janitor unused disable 180d', 'shim'],
    ['privacyidea-get-unused-tokens list 1y', 'token-janitor unused list 1y', 'shim'],
    ['privacyidea-get-unused-tokens mark 1y -d old -t k=v', 'token-janitor unused mark 1y -d old -t k=v', 'shim'],
    ['privacyidea-usercache-cleanup delete -n', 'usercache cleanup --dry-run', 'shim'],
    ['privacyidea-usercache-cleanup', 'usercache cleanup', 'shim'],
    ['privacyidea-expired-users expire --realm ad -d ^T.*', 'user expire --realm ad --delete-serial ^T.*', 'shim'],
    ['privacyidea-get-serial byotp --otp 81600937 --type hotp', 'token find-by-otp 81600937 --type hotp', 'shim'],
    ['privacyidea-get-serial byotp -o=1 -u', 'token find-by-otp -o=1 --unassigned', 'shim'],
    ['privacyidea-get-serial -u 81600937', 'token find-by-otp --unassigned 81600937', 'shim'],
    ['ssha.py', 'user passwd-line --format ssha', 'shim'],
    ['privacyidea-create-pwidresolver-user -u user2 -i 1002', 'user passwd-line --user user2 --uid 1002', 'shim'],
    ['privacyidea-create-sqlidresolver-user -u user2', 'user passwd-line --format sql --user user2', 'shim'],
    ['privacyidea-export-privacyidea-counter.py --config pi.cfg', 'token counters export --config pi.cfg', 'shim'],
    ['privacyidea-update-counter.py -c pi.cfg -i f', 'token counters update --config pi.cfg --increase-only f', 'shim'],
    ['privacyidea-update-counter.py f', 'token counters update f', 'shim'],
  ],
  flags: [
    [
      'pi-manage audit rotate -hw 50000 -lw 25000 --chunksize 1000',
      'audit rotate --highwatermark 50000 --lowwatermark 25000 --chunksize 1000',
    ],
    ['pi-manage audit rotate -hw20000 -lw=5', 'audit rotate --highwatermark=20000 --lowwatermark=5'],
    ['pi-manage admin add x -hw', 'admin add x -hw'],
    ['pi-tokenjanitor container -ts T1', 'token-janitor container --token-serial T1', 'shim'],
    ['pi-manage drop_tables --dropit==yes', 'db drop-tables --dropit=yes', 'shim'],
    [
      'pi-manage rotate_audit --high 20000 --lowwater 10',
      'audit rotate --highwatermark 20000 --lowwatermark 10',
      'shim',
    ],
    ['pi-manage rotate_audit --high=20000', 'audit rotate --highwatermark=20000', 'shim'],
    ['pi-manage audit rotate --high 20000', 'audit rotate --high 20000'],
    ['privacyidea-token-janitor find --set-tokeninfo- x', 'token-janitor find --set-tokeninfo- x', 'shim'],
    [
      'privacyidea-token-janitor find --tokeninfo_key k --tokeninfo-value --a_b',
      'token-janitor find --tokeninfo-key k --tokeninfo-value --a_b',
      'shim',
    ],
    ['pi-manage admin add -?', 'admin add --help'],
    ['pi-manage -?', '--help'],
    ['pi-manage -q admin add x', 'admin add x -q'],
    ['pi-manage --config f.cfg admin add x', 'admin add x --config f.cfg'],
    ['pi-manage -C f.cfg create_tables', 'db create-tables -C f.cfg', 'shim'],
    ['pi-manage --config=f.cfg admin add x', 'admin add x --config=f.cfg'],
    ['pi-manage config exporter -t policy resolver -f yaml', 'config export -t policy -t resolver -f yaml', 'shim'],
    ['pi-manage config export --types policy resolver', 'config export --types policy --types resolver'],
    [
      'pi-manage config importer -i c.py -t policy event realm',
      'config import -i c.py -t policy -t event -t realm',
      'shim',
    ],
    ['pi-manage admin add -- --a_b -?', 'admin add -- --a_b -?'],
    ['pi-manage --quiet admin add -- --a_b', 'admin add --quiet -- --a_b'],
  ],
}

describe('rewriting of command lines', () => {
  for (const [name, list] of Object.entries(rows)) {
    describe(name, () => {
      for (const [typed, becomes, shim] of list) {
        it(`${typed}  →  ${becomes}`, () => {
          const [program = '', ...argv] = typed.split(' ')

          const line = rewriteWith(program, argv, () => surface)

          expect(line.args.join(' ')).to.equal(becomes)
          expect(line.shim).to.equal(shim === 'shim')
          expect(line.warnings).to.deep.equal([])
        })
      }
    })
  }

  it('swallows the value that 3.8 took for the switch of config import resolver, with a warning', () => {
    const line = rewriteWith('pi-manage', ['config', 'import', 'resolver', '-c', 'yes', '-f', 'file'], () => surface)

    expect(line.args).to.deep.equal(['config', 'import', 'resolver', '-c', '-f', 'file'])
    expect(line.warnings).to.have.length(1)
  })

  it('knows the product by the program', () => {
    expect(rewriteWith('edumfa-manage', ['admin', 'list'], () => surface).product).to.equal('edumfa')
    expect(rewriteWith('pi-manage', ['create_tables'], () => surface).product).to.equal(undefined)
  })

  for (const words of ['db upgrade -- -1', 'db downgrade', 'runserver -h 0.0.0.0', 'shell', 'test', 'profile']) {
    it(`says what to do instead of ${words}`, () => {
      expect(() => rewriteWith('pi-manage', words.split(' '), () => surface))
        .to.throw(PiError, /is not part of this tool/)
        .with.property('hints')
        .that.has.length(1)
    })
  }

  it('does not read the commands when there is nothing to rewrite', () => {
    const line = rewriteWith('pi-manage', ['token', 'list', '--json'], () => {
      throw new Error('was read')
    })

    expect(line.args).to.deep.equal(['token', 'list', '--json'])
  })
})
