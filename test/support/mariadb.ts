import {existsSync} from 'node:fs'
import {join} from 'node:path'
import mysql from 'mysql2/promise'
import {
  ownedCopy,
  runSetup,
  serverFolder,
  serverUser,
  SupervisedProcess,
  type DatabaseServer,
  type ServerOptions,
} from './database-server.js'
import {freePort} from './ports.js'

const daemon = '/usr/sbin/mariadbd'
const installer = '/usr/bin/mariadb-install-db'

export function hasMariadb(): boolean {
  return existsSync(daemon) && existsSync(installer)
}

let shared: Promise<MariadbServer> | undefined

export interface MariadbServer extends DatabaseServer {
  /** For `?unix_socket=` in a URI. */
  readonly socket: string
}

/** Starts MariaDB, or gives the one that runs already for this process. */
export function startMariadb(options: ServerOptions = {}): Promise<MariadbServer> {
  if (options.own || options.durable || options.tls) return start(options)
  return (shared ??= start(options))
}

async function start({durable = false, tls}: ServerOptions): Promise<MariadbServer> {
  if (!hasMariadb()) throw new Error('MariaDB is missing: apt-get install mariadb-server')
  const user = serverUser('mysql')
  const folder = serverFolder('mariadb', user, {durable})
  const data = join(folder, 'data')
  const socket = join(folder, 'run', 'sock')
  runSetup(
    installer,
    [
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--no-defaults',
      `--tmpdir=${join(folder, 'run')}`,
    ].sort(),
    user,
    folder,
  )
  const port = await freePort()
  const command = [
    daemon,
    '--no-defaults',
    `--datadir=${data}`,
    // Servers that start at the same time must not meet in /tmp.
    `--tmpdir=${join(folder, 'run')}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, 'run', 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1,127.0.0.2',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_general_ci',
    '--innodb-buffer-pool-size=256M',
    '--max-connections=300',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--skip-innodb-file-per-table',
    '--skip-sync-frm',
    ...(tls
      ? [`--ssl-cert=${ownedCopy(folder, tls.certFile, user)}`, `--ssl-key=${ownedCopy(folder, tls.keyFile, user)}`]
      : []),
    ...(durable
      ? []
      : ['--innodb-flush-log-at-trx-commit=0', '--skip-innodb-doublewrite', '--innodb-flush-method=nosync']),
  ]
  const uri = (database: string) => `mysql+pymysql://pi:pi@127.0.0.1:${port}/${database}?charset=utf8mb4`
  const answers = () => query({socketPath: socket, user: 'root'}, 'SELECT 1')
  let server = new SupervisedProcess(folder, 'KILL', command, user)
  await server.untilReady(answers)
  await query({socketPath: socket, user: 'root'}, "GRANT ALL ON *.* TO 'pi'@'%' IDENTIFIED BY 'pi' WITH GRANT OPTION")
  await query({socketPath: socket, user: 'root'}, "GRANT ALL ON *.* TO 'pi'@'localhost' IDENTIFIED BY 'pi'")
  let count = 0
  return {
    port,
    folder,
    socket,
    uri,
    async createDatabase({name = `pi${++count}_${process.pid}`} = {}) {
      await query({socketPath: socket, user: 'root'}, `CREATE DATABASE \`${name}\``)
      return uri(name)
    },
    kill: () => server.end({keepData: true}),
    async restart() {
      server = new SupervisedProcess(folder, 'KILL', command, user)
      await server.untilReady(answers)
    },
    stop: () => server.end({keepData: false}),
  }
}

async function query(options: mysql.ConnectionOptions, sql: string): Promise<void> {
  const connection = await mysql.createConnection(options)
  try {
    await connection.query(sql)
  } finally {
    await connection.end()
  }
}
