import {existsSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import pg from 'pg'
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

const debianFolder = '/usr/lib/postgresql'

/** The folder with initdb and postgres of the newest installed version. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(debianFolder)) return undefined
  return readdirSync(debianFolder)
    .sort((left, right) => Number(right) - Number(left))
    .map((version) => join(debianFolder, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}

let shared: Promise<PostgresServer> | undefined

export interface PostgresServer extends DatabaseServer {
  /** For `?host=` in a URI. */
  readonly socketFolder: string
}

/** Starts PostgreSQL, or gives the one that runs already for this process. */
export function startPostgres(options: ServerOptions = {}): Promise<PostgresServer> {
  if (options.own || options.durable || options.tls) return start(options)
  return (shared ??= start(options))
}

async function start({durable = false, tls}: ServerOptions): Promise<PostgresServer> {
  const programs = postgresPrograms()
  if (!programs) throw new Error('PostgreSQL is missing: apt-get install postgresql')
  const user = serverUser('postgres')
  const folder = serverFolder('postgres', user, {durable})
  const data = join(folder, 'data')
  const run = join(folder, 'run')
  const setup = [
    '-D',
    data,
    '-U',
    'pi',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]
  runSetup(join(programs, 'initdb'), setup, user, folder)
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${run}`,
    'max_connections=300',
    'shared_buffers=128MB',
    ...(tls
      ? [
          'ssl=on',
          `ssl_cert_file=${ownedCopy(folder, tls.certFile, user)}`,
          `ssl_key_file=${ownedCopy(folder, tls.keyFile, user)}`,
        ]
      : []),
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ]
  const command = [
    join(programs, 'postgres'),
    '-D',
    data,
    '-p',
    String(port),
    ...settings.flatMap((set) => ['-c', set]),
  ]
  const uri = (database: string) => `postgresql+psycopg2://pi@127.0.0.1:${port}/${database}`
  const answers = async () => query(port, 'SELECT 1')
  let server = new SupervisedProcess(folder, 'QUIT', command, user)
  await server.untilReady(answers)
  let count = 0
  return {
    port,
    folder,
    socketFolder: run,
    uri,
    async createDatabase({template, name = `pi${++count}_${process.pid}`} = {}) {
      await query(port, `CREATE DATABASE "${name}"${template ? ` TEMPLATE "${template}"` : ''}`)
      return uri(name)
    },
    kill: () => server.end({keepData: true}),
    async restart() {
      server = new SupervisedProcess(folder, 'QUIT', command, user)
      await server.untilReady(answers)
    },
    stop: () => server.end({keepData: false}),
  }
}

async function query(port: number, sql: string): Promise<void> {
  const client = new pg.Client({host: '127.0.0.1', port, user: 'pi', database: 'postgres'})
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
