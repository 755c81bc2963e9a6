// Runs benchmarks one after the other: npm run bench -- [NAME…]. Without names all of them; -h lists them.
import {spawnSync} from 'node:child_process'
import {cpus, totalmem} from 'node:os'
import {fileURLToPath} from 'node:url'

interface Benchmark {
  file: string
  what: string
}

const benchmarks: Record<string, Benchmark> = {
  startup: {file: 'startup.ts', what: 'milliseconds to start, beside bare Node'},
  crypto: {file: 'crypto.ts', what: 'hashes, ciphers and signatures a second, beside those of OpenSSL'},
  'audit-verify': {file: 'audit-verify.ts', what: 'audit rows verified a second, beside openssl'},
  'audit-rotate': {
    file: 'audit-rotate.ts',
    what: 'rotation of 10,000,000 audit rows by rules, and inserts beside it',
  },
  import: {file: 'import.ts', what: 'tokens a second and memory of an import, beside prepared inserts'},
  janitor: {file: 'janitor.ts', what: 'seconds to find among 100,000 tokens, beside a bare query'},
  orphans: {file: 'orphans.ts', what: 'orphans of 10,000 tokens among 100,000 LDAP users, beside one paged search'},
  policies: {file: 'policies.ts', what: 'matches a second among 10,000 policies, beside a bare loop'},
  validate: {file: 'validate.ts', what: 'checks a second over HTTP, beside bare HTTP and RSA signatures'},
  race: {file: 'race.ts', what: '200 parallel logins with one value against two servers: one is accepted'},
  kill: {file: 'kill-import.ts', what: 'imports killed at random moments: no half-written token'},
  rotate: {file: 'rotate.ts', what: 'values a second and memory of a key rotation, beside AES alone'},
  hsm: {file: 'hsm.ts', what: 'operations a second on a token, beside a bare loop; a token that is lost and found'},
  'kill-rotate': {
    file: 'kill-rotate.ts',
    what: 'key rotations killed at random moments: nothing undecryptable, nothing lost',
  },
  pskc: {file: 'pskc.ts', what: '1,000 PSKC files exchanged with python3-pskc in each direction'},
  backup: {
    file: 'backup.ts',
    what: 'a backup of 1,000,000 tokens: megabytes a second and memory; restores killed at random moments: old or new',
  },
  hostile: {file: 'hostile.ts', what: 'hostile token files under strace; memory that 1,000,000 rows take'},
  fuzz: {file: 'fuzz-import.ts', what: '100,000 damaged token files: no crash, no hang'},
  replay: {file: 'replay.ts', what: 'recorded HTTP requests: steps that agree with the original'},
  commands: {file: 'replay-commands.ts', what: 'recorded command lines: how many agree with the original'},
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in benchmarks))
if (unknown.length > 0) {
  for (const [name, {what}] of Object.entries(benchmarks)) console.log(`${name.padEnd(10)} ${what}`)
  process.exitCode = unknown.every((name) => name === '-h' || name === '--help') ? 0 : 2
} else {
  const [cpu] = cpus()
  console.log(
    `${cpus().length} processors (${cpu?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  )
  for (const name of names.length > 0 ? names : Object.keys(benchmarks)) {
    console.log(`\n== ${name}: ${benchmarks[name]?.what}`)
    const file = fileURLToPath(new URL(benchmarks[name]?.file ?? '', import.meta.url))
    const {status} = spawnSync(process.execPath, ['--import', 'tsx', file], {stdio: 'inherit'})
    if (status !== 0) process.exitCode = 1
  }
}
