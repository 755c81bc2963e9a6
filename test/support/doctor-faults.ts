import {generateKeyPairSync} from 'node:crypto'
import {chmodSync, closeSync, openSync, rmSync, writeFileSync, writeSync} from 'node:fs'
import type {DoctorEnv} from '../../src/lib/doctor/contract.js'
import type {DoctorInstance} from './doctor-instance.js'
import {freePort} from './ports.js'

/** One thing that is broken in a new installation, and the check that has to name it. */
export interface SeededFault {
  title: string
  check: string
  severity?: 'error' | 'warning' | 'note'
  /** Part of the message. */
  says: RegExp
  /** Other checks that rightly speak of it as well. */
  also?: readonly string[]
  seed(instance: DoctorInstance): Promise<void> | void
  overrides?: Partial<DoctorEnv>
}

const past = '2020-01-01 00:00:00.000000'

/** Faults of configuration, files and keys. */
export const siteFaults: readonly SeededFault[] = [
  {
    title: 'a configuration file that is no Python',
    check: 'config-file',
    says: /line/,
    seed: (instance) => instance.configure('PI_NODE = ('),
  },
  {
    title: 'a setting that cannot be read',
    check: 'config-file',
    severity: 'warning',
    says: /PI_CUSTOMIZATION/,
    also: ['config-types'],
    seed: (instance) => instance.configure('import subprocess\nPI_CUSTOMIZATION = subprocess.check_output(["id"])'),
  },
  {
    title: 'a misspelt setting',
    check: 'config-unknown',
    severity: 'warning',
    says: /PI_AUDIT_KEY_PRIVAT\b/,
    seed: (instance) => instance.configure("PI_AUDIT_KEY_PRIVAT = 'x'"),
  },
  {
    title: 'a setting that is set twice',
    check: 'config-repeated',
    severity: 'warning',
    says: /PI_LOGLEVEL/,
    seed: (instance) => instance.configure('PI_LOGLEVEL = 30'),
  },
  {
    title: 'a text where a list belongs',
    check: 'config-types',
    says: /PI_HASH_ALGO_LIST/,
    seed: (instance) => instance.configure("PI_HASH_ALGO_LIST = 'argon2'"),
  },
  {
    title: 'the SECRET_KEY of the manual',
    check: 'secret-key',
    says: /public/,
    seed: (instance) => instance.configure((text) => text.replace(/SECRET_KEY = '[^']*'/, "SECRET_KEY = 't0p s3cr3t'")),
  },
  {
    title: 'a SECRET_KEY that can be guessed',
    check: 'secret-key',
    says: /guessed/,
    seed: (instance) => instance.configure((text) => text.replace(/SECRET_KEY = '[^']*'/, "SECRET_KEY = 'abcabc'")),
  },
  {
    title: 'no pepper',
    check: 'pepper',
    severity: 'warning',
    says: /built-in/,
    seed: (instance) => instance.configure((text) => text.replace(/PI_PEPPER = .*/, '')),
  },
  {
    title: 'a log level that writes passwords',
    check: 'debug-settings',
    says: /passwords/,
    seed: (instance) => instance.configure((text) => text.replace('PI_LOGLEVEL = 20', 'PI_LOGLEVEL = 9')),
  },
  {
    title: 'unsigned audit rows',
    check: 'debug-settings',
    severity: 'warning',
    says: /PI_AUDIT_NO_SIGN/,
    seed: (instance) => instance.configure('PI_AUDIT_NO_SIGN = True'),
  },
  {
    title: 'a trusted web token with a shared secret',
    check: 'trusted-jwt',
    says: /HS256/,
    seed: (instance) =>
      instance.configure("PI_TRUSTED_JWT = [{'algorithm': 'HS256', 'public_key': 'x', 'role': 'user'}]"),
  },
  {
    title: 'a configuration file that everybody can read',
    check: 'file-modes',
    says: /pi\.cfg: mode 0644/,
    seed: ({config}) => chmodSync(config, 0o644),
  },
  {
    title: 'files of different users',
    check: 'file-owners',
    severity: 'warning',
    says: /user 4711/,
    seed() {},
    overrides: {
      fileFacts: async (path) => ({
        isFolder: !/\.\w+$/.test(path),
        mode: 0o700,
        modifiedAt: new Date(),
        uid: path.endsWith('public.pem') ? 4711 : 0,
      }),
    },
  },
  {
    title: 'a folder that everybody can write into',
    check: 'folder-modes',
    says: /Everybody/,
    seed: ({folder}) => chmodSync(folder, 0o777),
  },
  {
    title: 'a folder that is not there',
    check: 'folders',
    severity: 'warning',
    says: /PI_GNUPG_HOME/,
    seed: (instance) => instance.configure(`PI_GNUPG_HOME = '${instance.path('nowhere')}'`),
  },
  {
    title: 'a full disk',
    check: 'disk-space',
    says: /5 MB/,
    seed() {},
    overrides: {freeBytes: async () => 5_000_000},
  },
  {
    title: 'an old backup',
    check: 'backup-age',
    severity: 'warning',
    says: /days old/,
    seed() {},
    overrides: {
      listFolder: async () => ['privacyidea-backup-20200101-0000.tgz'],
      fileFacts: async (path) => ({
        isFolder: !/\.\w+$/.test(path),
        mode: 0o700,
        modifiedAt: new Date('2020-01-01'),
        uid: 0,
      }),
    },
  },
  {
    title: 'no key file',
    check: 'encryption-key',
    says: /enckey/,
    also: ['file-modes'],
    seed: (instance) => rmSync(instance.path('enckey')),
  },
  {
    title: 'the key file of another installation',
    check: 'encryption-key-fits',
    says: /do not decrypt/,
    async seed(instance) {
      const value = '742117038c5724ce63cf4f3462011f9e:3d5ad4b74837406d82158245af18c88e86b710610e729300354eda1ed84a0814'
      await instance.sql(
        `INSERT INTO config ("Key", "Value", "Type") VALUES ('email.password', '${value}', 'password')`,
      )
    },
  },
  {
    title: 'a key file of zeros',
    check: 'encryption-key-strength',
    says: /random/,
    seed(instance) {
      chmodSync(instance.path('enckey'), 0o600)
      writeFileSync(instance.path('enckey'), Buffer.alloc(96))
    },
  },
  {
    title: 'a key file that a group can read',
    check: 'encryption-key-password',
    severity: 'warning',
    says: /0440/,
    also: ['file-modes'],
    seed: (instance) => chmodSync(instance.path('enckey'), 0o440),
  },
  {
    title: 'a security module with a fault',
    check: 'hsm',
    says: /no key for config/,
    seed: (instance) => instance.configure("PI_HSM_MODULE_MODULE = '/usr/lib/none.so'"),
    overrides: {hsmChecks: async () => [{id: 'key-config', result: 'failed', message: 'There is no key for config.'}]},
  },
  {
    title: 'a key rotation that was left',
    check: 'key-rotation',
    severity: 'warning',
    says: /preparing/,
    seed(instance) {
      const state = {format: 1, runId: 'r', markKey: '00', phase: 'preparing', startedAt: '2020-01-01T00:00:00Z'}
      writeFileSync(`${instance.config}.key-rotation`, JSON.stringify(state))
    },
  },
  {
    title: 'a public key of another pair',
    check: 'audit-keys',
    says: /does not belong/,
    also: ['audit-signing'],
    seed(instance) {
      const {publicKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
      writeFileSync(instance.path('public.pem'), publicKey.export({format: 'pem', type: 'spki'}))
    },
  },
]

/** Faults of the database and its schema. */
export const databaseFaults: readonly SeededFault[] = [
  {
    title: 'a database that is not there',
    check: 'database',
    says: /There is no database file/,
    also: ['file-modes'],
    seed: (instance) => rmSync(instance.path('data.sqlite')),
  },
  {
    title: 'a damaged database',
    check: 'database-file',
    says: /SQLite says/,
    async seed(instance) {
      const [index] = await instance.query(
        "SELECT rootpage AS page FROM sqlite_master WHERE name = 'ix_clientapplication_ip'",
      )
      const file = openSync(instance.path('data.sqlite'), 'r+')
      writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, (Number(index!['page']) - 1) * 4096)
      closeSync(file)
    },
  },
  {
    title: 'a configuration from the future',
    check: 'future-times',
    severity: 'warning',
    says: /reload/,
    seed: (instance) => instance.sql(`INSERT INTO config ("Key", "Value") VALUES ('__timestamp__', '9999999999')`),
  },
  {
    title: 'a challenge from the future',
    check: 'future-times',
    severity: 'warning',
    says: /challenge\.timestamp/,
    seed: (instance) =>
      instance.sql(
        `INSERT INTO challenge (id, transaction_id, timestamp, expiration) VALUES (1, 't', '2999-01-01 00:00:00.000000', '2999-01-01 00:00:00.000000')`,
      ),
  },
  {
    title: 'a database without stamp',
    check: 'schema-revision',
    says: /stamped/,
    seed: (instance) => instance.sql('DELETE FROM alembic_version'),
  },
  {
    title: 'a missing table',
    check: 'schema-tables',
    says: /clientapplication/,
    seed: (instance) => instance.sql('DROP TABLE clientapplication'),
  },
  {
    title: 'a missing column',
    check: 'schema-columns',
    says: /smtpserver\.description/,
    seed: (instance) => instance.sql('ALTER TABLE smtpserver DROP COLUMN description'),
  },
  {
    title: 'a missing index',
    check: 'schema-indexes',
    severity: 'warning',
    says: /serial/,
    seed: (instance) => instance.sql('DROP INDEX ix_challenge_serial'),
  },
  {
    title: 'an audit database that is not there',
    check: 'audit-database',
    says: /There is no database file/,
    seed: (instance) => instance.configure(`PI_AUDIT_SQL_URI = 'sqlite:///${instance.path('none.sqlite')}'`),
  },
  {
    title: 'audit rows that were changed',
    check: 'audit-rows',
    says: /do not verify/,
    seed: (instance) =>
      instance.sql(
        `INSERT INTO pidea_audit (id, date, action, signature) VALUES (1, '${past}', 'POST /auth', 'rsa_sha256_pss:00')`,
      ),
  },
  {
    title: 'an audit table that grows',
    check: 'audit-size',
    severity: 'warning',
    says: /more than 2 rows/,
    async seed(instance) {
      for (const id of [1, 2, 3]) await instance.sql(`INSERT INTO pidea_audit (id, date) VALUES (${id}, '${past}')`)
      instance.configure('PI_AUDIT_NO_SIGN = True')
    },
    also: ['debug-settings'],
    overrides: {
      limits: {auditRows: 2, staleRows: 1, certificateDays: 30, clockSeconds: 5, backupDays: 8, freeBytes: 0},
    },
  },
  {
    title: 'clocks that differ',
    check: 'clock',
    says: /behind|ahead/,
    seed() {},
    overrides: {
      limits: {auditRows: 10, staleRows: 10, certificateDays: 30, clockSeconds: -1, backupDays: 8, freeBytes: 0},
    },
  },
]

/** Faults of servers: nobody listens at a port that was just free. */
export async function serverFaults(): Promise<readonly SeededFault[]> {
  const port = await freePort()
  return [
    {
      title: 'a mail server that does not answer',
      check: 'smtp-servers',
      says: /ECONNREFUSED/,
      seed: (instance) =>
        instance.sql(
          `INSERT INTO smtpserver (id, identifier, server, port, enqueue_job) VALUES (1, 'm', '127.0.0.1', ${port}, 0)`,
        ),
    },
    {
      title: 'a RADIUS server that does not answer',
      check: 'radius-servers',
      says: /nobody listens/,
      seed: (instance) =>
        instance.sql(`INSERT INTO radiusserver (id, identifier, server, port) VALUES (1, 'r', '127.0.0.1', ${port})`),
    },
    {
      title: 'another server that does not answer',
      check: 'remote-servers',
      says: /ECONNREFUSED/,
      seed: (instance) =>
        instance.sql(
          `INSERT INTO privacyideaserver (id, identifier, url, tls) VALUES (1, 'p', 'http://127.0.0.1:${port}', 1)`,
        ),
    },
    {
      title: 'an SMS gateway that does not answer',
      check: 'sms-gateways',
      says: /ECONNREFUSED/,
      seed: (instance) =>
        instance.sql(
          `INSERT INTO smsgateway (id, identifier, providermodule) VALUES (1, 'g', 'privacyidea.lib.smsprovider.HttpSMSProvider.HttpSMSProvider')`,
          `INSERT INTO smsgatewayoption (id, "Key", "Value", "Type", gateway_id) VALUES (1, 'URL', 'http://127.0.0.1:${port}/send', 'option', 1)`,
        ),
    },
    {
      title: 'an SMS gateway of an unknown kind',
      check: 'sms-gateways',
      says: /no server knows/,
      seed: (instance) =>
        instance.sql(`INSERT INTO smsgateway (id, identifier, providermodule) VALUES (1, 'g', 'a.Pigeon')`),
    },
  ]
}
