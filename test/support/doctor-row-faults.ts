import type {SeededFault} from './doctor-faults.js'
import type {DoctorInstance} from './doctor-instance.js'

const past = '2020-01-01 00:00:00.000000'

/** A working resolver in a realm. */
async function users(instance: DoctorInstance, {realm = 'users', isDefault = true} = {}): Promise<void> {
  await instance.sql(
    `INSERT INTO resolver (id, name, rtype) VALUES (1, 'local', 'passwdresolver')`,
    `INSERT INTO resolverconfig (id, resolver_id, "Key", "Value") VALUES (1, 1, 'fileName', '/etc/passwd')`,
    `INSERT INTO realm (id, name, "default") VALUES (1, '${realm}', ${isDefault ? 1 : 0})`,
    `INSERT INTO resolverrealm (id, resolver_id, realm_id) VALUES (1, 1, 1)`,
  )
}

const token = (id: number, columns: Record<string, string | number> = {}) => {
  const row = {id, serial: `'T${id}'`, tokentype: "'spass'", active: 1, failcount: 0, maxfail: 10, ...columns}
  return `INSERT INTO token (${Object.keys(row)
    .map((name) => `"${name}"`)
    .join(', ')}) VALUES (${Object.values(row).join(', ')})`
}

const policy = (columns: Record<string, string>) => {
  const row = {
    id: '1',
    name: "'p'",
    scope: "'authentication'",
    active: '1',
    check_all_resolvers: '0',
    priority: '1',
    ...columns,
  }
  return `INSERT INTO policy (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).join(', ')})`
}

const handler = (columns: Record<string, string>, options: Record<string, string> = {}) => {
  const row = {
    id: '1',
    name: "'h'",
    active: '1',
    ordering: '0',
    position: "'post'",
    event: "'token_init'",
    handlermodule: "'Logging'",
    action: "'logging'",
    ...columns,
  }
  return [
    `INSERT INTO eventhandler (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).join(', ')})`,
    ...Object.entries(options).map(
      ([key, value], at) =>
        `INSERT INTO eventhandleroption (id, eventhandler_id, "Key", "Value") VALUES (${at + 1}, 1, '${key}', '${value}')`,
    ),
  ]
}

const task = (columns: Record<string, string>) => {
  const row = {
    id: '1',
    name: "'t'",
    active: '1',
    retry_if_failed: '1',
    interval: "'0 0 1 1 *'",
    nodes: "'localnode'",
    taskmodule: "'SimpleStats'",
    ordering: '0',
    last_update: `'${new Date().toISOString().slice(0, 19).replace('T', ' ')}.000000'`,
    ...columns,
  }
  return `INSERT INTO periodictask (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).join(', ')})`
}

/** Faults of users, tokens, policies, event handlers and periodic tasks. */
export const rowFaults: readonly SeededFault[] = [
  {
    title: 'a user store that is gone',
    check: 'resolvers',
    says: /'local'/,
    async seed(instance) {
      await users(instance)
      await instance.sql(`UPDATE resolverconfig SET "Value" = '${instance.path('nobody')}'`)
    },
  },
  {
    title: 'a realm without users',
    check: 'resolvers-unused',
    severity: 'warning',
    says: /'empty'/,
    seed: (instance) => instance.sql(`INSERT INTO realm (id, name, "default") VALUES (1, 'empty', 1)`),
  },
  {
    title: 'no default realm',
    check: 'default-realm',
    severity: 'warning',
    says: /No realm/,
    seed: (instance) => users(instance, {isDefault: false}),
  },
  {
    title: 'users who are all administrators',
    check: 'superuser-realm',
    says: /'super'/,
    seed: (instance) => users(instance, {realm: 'super'}),
  },
  {
    title: 'an administrator without password',
    check: 'administrators',
    severity: 'warning',
    says: /'admin'/,
    seed: (instance) => instance.sql('UPDATE admin SET password = NULL'),
  },
  {
    title: 'no administrator',
    check: 'administrators',
    severity: 'note',
    says: /no administrator/,
    seed: (instance) => instance.sql('DELETE FROM admin'),
  },
  {
    title: 'an administrator who may do nothing',
    check: 'administrators-rights',
    severity: 'warning',
    says: /'admin'/,
    seed: (instance) =>
      instance.sql(policy({scope: "'admin'", action: "'policywrite, policyread'", adminuser: "'somebody'"})),
  },
  {
    title: 'an administrator with an old password hash',
    check: 'administrators-hashes',
    severity: 'warning',
    says: /'admin'/,
    seed: (instance) => instance.sql(`UPDATE admin SET password = '$1$abcdefgh$0000000000000000000000'`),
  },
  {
    title: 'attributes of users of a resolver that is gone',
    check: 'custom-attributes',
    severity: 'note',
    says: /1 attributes/,
    seed: (instance) =>
      instance.sql(`INSERT INTO customuserattribute (id, user_id, resolver, "Key") VALUES (1, 'u', 'gone', 'k')`),
  },
  {
    title: 'details of a token that is gone',
    check: 'orphaned-token-rows',
    severity: 'warning',
    says: /tokeninfo/,
    seed: (instance) => instance.sql(`INSERT INTO tokeninfo (id, "Key", token_id) VALUES (1, 'k', 99)`),
  },
  {
    title: 'a condition of a policy that is gone',
    check: 'orphaned-config-rows',
    severity: 'warning',
    says: /policycondition/,
    seed: (instance) =>
      instance.sql(
        `INSERT INTO policycondition (id, policy_id, section, "Key", comparator, "Value", active) VALUES (1, 99, 's', 'k', 'equals', '', 1)`,
      ),
  },
  {
    title: 'a token in a realm that is gone',
    check: 'owners-realm',
    says: /tokenrealm/,
    seed: (instance) => instance.sql(token(1), 'INSERT INTO tokenrealm (id, token_id, realm_id) VALUES (1, 1, 99)'),
  },
  {
    title: 'an owner in a resolver that is gone',
    check: 'owners-resolver',
    says: /'gone'/,
    seed: (instance) =>
      instance.sql(token(1), `INSERT INTO tokenowner (id, token_id, resolver, user_id) VALUES (1, 1, 'gone', 'u')`),
  },
  {
    title: 'rows that nobody needs',
    check: 'stale-rows',
    severity: 'warning',
    says: /2 rows to be swept: challenges/,
    seed: (instance) =>
      instance.sql(
        ...[1, 2].map(
          (id) =>
            `INSERT INTO challenge (id, transaction_id, timestamp, expiration) VALUES (${id}, 't', '${past}', '${past}')`,
        ),
      ),
    overrides: {
      limits: {auditRows: 10, staleRows: 1, certificateDays: 30, clockSeconds: 60, backupDays: 8, freeBytes: 0},
    },
  },
  {
    title: 'a lock of a run that died',
    check: 'locks',
    severity: 'note',
    says: /janitor/,
    seed: (instance) =>
      instance.sql(`INSERT INTO config ("Key", "Value") VALUES ('pi-manage.lock.janitor', '{"heartbeat": 1}')`),
  },
  {
    title: 'a text where a setting is a number',
    check: 'system-settings',
    says: /DefaultOtpLen/,
    seed: (instance) => instance.sql(`INSERT INTO config ("Key", "Value") VALUES ('DefaultOtpLen', 'six')`),
  },
  {
    title: 'many locked tokens',
    check: 'tokens-locked',
    severity: 'warning',
    says: /6 of 6/,
    seed: (instance) => instance.sql(...[1, 2, 3, 4, 5, 6].map((id) => token(id, {failcount: 10}))),
  },
  {
    title: 'one locked token',
    check: 'tokens-locked',
    severity: 'note',
    says: /1 of 1/,
    seed: (instance) => instance.sql(token(1, {failcount: 11})),
  },
  {
    title: 'a token that may be tried without end',
    check: 'tokens-limits',
    severity: 'warning',
    says: /maxfail/,
    seed: (instance) => instance.sql(token(1, {maxfail: 100_000})),
  },
  {
    title: 'a token without secret',
    check: 'tokens-secret',
    severity: 'warning',
    says: /1 tokens/,
    seed: (instance) => instance.sql(token(1, {tokentype: "'hotp'"})),
  },
  {
    title: 'a token of an unknown type',
    check: 'tokens-types',
    severity: 'warning',
    says: /'abacus'/,
    seed: (instance) => instance.sql(token(1, {tokentype: "'abacus'"})),
  },
  {
    title: 'a PIN hashed in an old way',
    check: 'pin-hashes',
    severity: 'warning',
    says: /once only/,
    seed: (instance) => instance.sql(token(1, {pin_hash: `'${'ab'.repeat(32)}'`, pin_seed: "'00'"})),
  },
  {
    title: 'a PIN whose check takes long',
    check: 'pin-hashes',
    severity: 'note',
    says: /100 MiB, 9 passes/,
    seed: (instance) => instance.sql(token(1, {pin_hash: "'$argon2id$v=19$m=102400,t=9,p=8$c2FsdA$aGFzaA'"})),
  },
  {
    title: 'a PIN that can be read',
    check: 'pins-readable',
    severity: 'note',
    says: /1 PINs/,
    seed: (instance) => instance.sql(token(1, {pin_hash: "'@@'"})),
    also: ['encryption-key-fits'],
  },
  {
    title: 'a token of two users',
    check: 'owners-several',
    severity: 'note',
    says: /1 tokens/,
    async seed(instance) {
      await users(instance)
      await instance.sql(
        token(1),
        ...['u', 'v'].map(
          (user, at) =>
            `INSERT INTO tokenowner (id, token_id, resolver, user_id, realm_id) VALUES (${at + 1}, 1, 'local', '${user}', 1)`,
        ),
      )
    },
  },
  {
    title: 'a policy for a realm that is gone',
    check: 'policies-names',
    says: /'nowhere'/,
    seed: (instance) => instance.sql(policy({action: "'challenge_text=hello'", realm: "'nowhere'"})),
  },
  {
    title: 'a policy with an unknown action',
    check: 'policies-errors',
    says: /P002/,
    seed: (instance) => instance.sql(policy({action: "'frobnicate'"})),
  },
  {
    title: 'a policy that restricts what is decided without a user',
    check: 'policies-warnings',
    severity: 'warning',
    says: /P029/,
    async seed(instance) {
      await users(instance)
      await instance.sql(policy({scope: "'authorization'", action: "'no_detail_on_fail'", realm: "'users'"}))
    },
  },
  {
    title: 'an event handler of an unknown module',
    check: 'events-modules',
    says: /'Abacus'/,
    seed: (instance) => instance.sql(...handler({handlermodule: "'Abacus'"})),
  },
  {
    title: 'an event handler with an unknown action',
    check: 'events-modules',
    says: /'sing'/,
    seed: (instance) => instance.sql(...handler({action: "'sing'"})),
  },
  {
    title: 'an event handler without the server that it sends through',
    check: 'events-options',
    says: /emailconfig/,
    seed: (instance) => instance.sql(...handler({handlermodule: "'UserNotification'", action: "'sendmail'"})),
  },
  {
    title: 'an event handler that names a server that is gone',
    check: 'events-references',
    says: /'gone'/,
    seed: (instance) =>
      instance.sql(...handler({handlermodule: "'UserNotification'", action: "'sendmail'"}, {emailconfig: 'gone'})),
  },
  {
    title: 'an event handler whose script is missing',
    check: 'events-references',
    says: /'tell\.sh'/,
    async seed(instance) {
      instance.configure(`PI_SCRIPT_HANDLER_DIRECTORY = '${instance.folder}'`)
      await instance.sql(...handler({handlermodule: "'Script'", action: "'tell.sh'"}))
    },
  },
  {
    title: 'an event handler for an event that never happens',
    check: 'events-names',
    says: /'token_lend'/,
    seed: (instance) => instance.sql(...handler({event: "'token_init, token_lend'"})),
  },
  {
    title: 'an event handler with a condition that is ignored',
    check: 'events-conditions',
    says: /'weather'/,
    seed: (instance) =>
      instance.sql(
        ...handler({}),
        `INSERT INTO eventhandlercondition (id, eventhandler_id, "Key", "Value", comparator) VALUES (1, 1, 'weather', 'rain', 'equal')`,
      ),
  },
  {
    title: 'an event handler with an option that nobody reads',
    check: 'events-warnings',
    severity: 'warning',
    says: /'colour'/,
    seed: (instance) => instance.sql(...handler({}, {colour: 'red'})),
  },
  {
    title: 'a periodic task of an unknown module',
    check: 'tasks-modules',
    says: /'Abacus'/,
    seed: (instance) => instance.sql(task({taskmodule: "'Abacus'"})),
  },
  {
    title: 'a periodic task that lacks an option',
    check: 'tasks-modules',
    says: /event_counter/,
    seed: (instance) => instance.sql(task({taskmodule: "'EventCounter'"})),
  },
  {
    title: 'a periodic task whose interval cannot be read',
    check: 'tasks-intervals',
    says: /'every day'/,
    seed: (instance) => instance.sql(task({interval: "'every day'"})),
  },
  {
    title: 'a periodic task that should have run long ago',
    check: 'tasks-lag',
    severity: 'warning',
    says: /days ago/,
    seed: (instance) => instance.sql(task({interval: "'0 * * * *'", last_update: `'${past}'`})),
  },
  {
    title: 'a periodic task for a node that is not there',
    check: 'tasks-nodes',
    severity: 'warning',
    says: /'node7'/,
    seed: (instance) => instance.sql(task({nodes: "'localnode, node7'"})),
  },
]
