/**
 * Backs up a million tokens with the built program from SQLite, PostgreSQL and MariaDB, and prints megabytes of rows a
 * second and the peak of memory; then restores that backup, and kills restores at random moments.
 *
 * npm run build && node --import tsx bench/backup.ts [tokens] [database,…] [kills] [no-restore]
 */
import {spawn} from 'node:child_process'
import {mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {connect} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import type {DialectName} from '../src/lib/db/database.js'
import {temporaryFolder} from '../test/support/folders.js'
import {KilledRestore} from '../test/support/kill-restore.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'
import {programEnv, programFile} from '../test/support/program.js'

const tokens = Number(process.argv[2] ?? 1_000_000)
const databases = (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',') as DialectName[]
const kills = Number(process.argv[4] ?? 100)

const restores = process.argv[5] !== 'no-restore'

const folder = temporaryFolder('bench-backup')
mkdirSync(join(folder, 'none'))
for (const kind of databases) {
  if (tokens > 0) await measure(kind)
  if (kills > 0) await killMany(kind)
}
process.exit(0)

async function measure(kind: DialectName): Promise<void> {
  const config = join(folder, `${kind}.cfg`)
  writeFileSync(config, `SQLALCHEMY_DATABASE_URI = ${JSON.stringify(await filled(kind))}\n`)
  const file = join(folder, `${kind}.tgz`)
  const made = await run(['backup', 'create', '--output', file, '--conf-dir', join(folder, 'none')], config)
  const {bytes} = JSON.parse(made.stdout) as {bytes: number}
  console.log(
    `${kind.padEnd(9)} ${tokens} tokens, ${mb(bytes)} MB of rows: ${(bytes / 1e6 / made.seconds).toFixed(0)} MB/s (target 50), ` +
      `${made.seconds.toFixed(1)} s, peak ${made.peakMb} MB (target 200); archive ${mb(statSync(file).size)} MB`,
  )
  if (restores) {
    const restored = await run(
      ['backup', 'restore', file, '--target', join(folder, `${kind}-restored`), '--yes'],
      config,
    )
    console.log(`${''.padEnd(9)} restored into SQLite in ${restored.seconds.toFixed(1)} s, peak ${restored.peakMb} MB`)
  }
  rmSync(file)
}

async function killMany(kind: DialectName): Promise<void> {
  const killed = await KilledRestore.create(kind)
  // From before the first statement until after the last.
  for (let round = 0; round < kills; round++) await killed.kill(400 + Math.random() * 2200)
  killed.remove()
  const {counts} = killed
  console.log(
    `${kind.padEnd(9)} ${kills} restores killed: ${counts.old} times the old content, ${counts.new} times the new, 0 mixtures`,
  )
}

/** The program as an operator starts it. */
async function run(
  args: readonly string[],
  config: string,
): Promise<{stdout: string; seconds: number; peakMb: number}> {
  const started = performance.now()
  const child = spawn(process.execPath, [programFile('pi-manage'), ...args, '--json', '-C', config], {
    env: programEnv({}),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let peak = 0
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  const timer = setInterval(() => (peak = Math.max(peak, residentPeak(child.pid ?? 0))), 50)
  const status = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(timer)
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stdout}`)
  return {stdout, seconds: (performance.now() - started) / 1000, peakMb: Math.round(peak / 1024)}
}

function residentPeak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** A database with tokens, two details, an owner and a realm each, made by the server itself. */
async function filled(kind: DialectName): Promise<string> {
  const uri =
    kind === 'sqlite'
      ? `sqlite:///${join(folder, 'data.sqlite')}`
      : await (await (kind === 'postgres' ? startPostgres : startMariadb)({own: true})).createDatabase()
  const connection = await connect(uri, {create: true})
  const {dialect, knex} = connection
  await createSchema(connection, 'privacyidea', '3.8')
  const quote = (name: string) => dialect.ddl.quote(name)
  const [numbers, hex, join_] = {
    sqlite: [
      `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${tokens}) SELECT i FROM n) n`,
      'lower(hex(randomblob(16)))',
      (...texts: string[]) => texts.join(' || '),
    ],
    postgres: [
      `generate_series(1, ${tokens}) AS n(i)`,
      'md5(random()::text)',
      (...texts: string[]) => texts.join(' || '),
    ],
    mariadb: [
      `(SELECT seq AS i FROM seq_1_to_${tokens}) n`,
      'md5(rand())',
      (...texts: string[]) => `concat(${texts.join(', ')})`,
    ],
  }[kind] as [string, string, (...texts: string[]) => string]
  const [yes, no] = kind === 'postgres' ? ['true', 'false'] : ['1', '0']
  const fill = (table: string, columns: readonly string[], values: readonly string[]) =>
    knex.raw(`INSERT INTO ${table} (${columns.map(quote).join(', ')}) SELECT ${values.join(', ')} FROM ${numbers}`)
  await fill(
    'token',
    [
      'id',
      'serial',
      'tokentype',
      'key_enc',
      'key_iv',
      'pin_hash',
      'otplen',
      'maxfail',
      'active',
      'revoked',
      'locked',
    ].concat(
      ['failcount', 'count', 'count_window', 'sync_window', 'description', 'rollout_state', 'user_pin', 'user_pin_iv'],
      ['so_pin', 'so_pin_iv', 'pin_seed'],
    ),
    [
      'i',
      join_("'OATH'", 'i'),
      "'hotp'",
      join_(hex, hex, hex),
      hex,
      join_("'$argon2id$v=19$m=65536,t=9,p=4$'", hex, hex),
      '6',
      '10',
    ].concat([yes, no, no, '0', '7', '10', '1000', "'imported'", "''", "''", "''", "''", "''", "''"]),
  )
  for (const [at, [key, value]] of [
    ['hashlib', 'sha1'],
    ['tokenkind', 'hardware'],
  ].entries()) {
    await fill(
      'tokeninfo',
      ['id', 'Key', 'Value', 'Type', 'Description', 'token_id'],
      [`i + ${at * tokens}`, `'${key}'`, `'${value}'`, "''", "''", 'i'],
    )
  }
  await fill('tokenowner', ['id', 'token_id', 'resolver', 'user_id'], ['i', 'i', "'ldap'", hex])
  await knex.destroy()
  return uri
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
