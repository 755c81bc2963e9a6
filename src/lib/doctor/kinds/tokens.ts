import type {Knex} from 'knex'
import type {Database, Row} from '../../db/database.js'
import {outcome, type DoctorCheck, type Fault} from '../contract.js'

/** The tokens as a whole. */
export const tokenChecks: readonly DoctorCheck[] = [
  {
    id: 'tokens-locked',
    title: 'tokens are not locked in great number',
    severity: 'note',
    mend: 'pi-manage token-janitor find --where "failcount >= maxfail" list, then reset',
    async run({database}) {
      const db = await database()
      const total = await count(db)
      const locked = await count(db, (query) => query.whereRaw('?? >= ??', ['failcount', 'maxfail']))
      if (locked === 0) return outcome(`none of ${total}`, [])
      const many = locked >= 5 && locked * 10 > total
      return outcome('', [
        {
          message: `${locked} of ${total} tokens are locked by their fail counter.`,
          ...(many && {severity: 'warning' as const}),
        },
      ])
    },
  },
  {
    id: 'tokens-limits',
    title: 'tokens can be used and can be locked',
    severity: 'warning',
    mend: 'pi-manage token show SERIAL',
    async run({database}) {
      const db = await database()
      const faults: Fault[] = []
      const unlimited = await count(db, (query) => query.where('active', true).where('maxfail', '>', 1000))
      if (unlimited > 0) faults.push({message: `${unlimited} tokens may be tried more than 1000 times (maxfail).`})
      const wide = await count(db, (query) =>
        query.where('active', true).whereIn('tokentype', ['hotp', 'HOTP']).where('count_window', '>', 1000),
      )
      if (wide > 0) faults.push({message: `${wide} HOTP tokens look ahead more than 1000 values (count_window).`})
      const negative = await count(db, (query) => query.where('failcount', '<', 0))
      if (negative > 0) faults.push({message: `${negative} tokens have a fail counter below zero.`})
      return outcome('all of them', faults)
    },
  },
  {
    id: 'tokens-secret',
    title: 'tokens that compute values have a secret',
    severity: 'warning',
    mend: 'Enrol the tokens anew, or delete them: pi-manage token-janitor',
    async run({database}) {
      const db = await database()
      const without = await count(db, (query) =>
        query
          .whereIn('tokentype', ['hotp', 'totp', 'motp', 'HOTP', 'TOTP', 'yubikey', 'ocra', 'daypassword'])
          .where((finished) => finished.whereNull('rollout_state').orWhereIn('rollout_state', ['', 'enrolled']))
          .where((empty) => empty.whereNull('key_enc').orWhere('key_enc', '')),
      )
      return outcome(
        'all have one',
        without > 0 ? [{message: `${without} tokens are finished and have no secret.`}] : [],
      )
    },
  },
  {
    id: 'tokens-types',
    title: 'the server knows the types of all tokens',
    severity: 'warning',
    mend: 'pi-manage token-janitor find --tokentype TYPE shows them',
    async run({database}) {
      const db = await database()
      const rows = (await db.k('token').groupBy('tokentype').select('tokentype').count({n: '*'})) as Row[]
      const unknown = rows.filter((row) => !tokenTypes.has(String(row['tokentype'] ?? '').toLowerCase()))
      return outcome(
        `${rows.length} types`,
        unknown.map((row) => ({
          message: `${Number(row['n'])} tokens have the type '${String(row['tokentype'])}', which no server knows.`,
        })),
      )
    },
  },
  {
    id: 'pin-hashes',
    title: 'PINs are hashed as is usual today, and at a cost that logins can bear',
    severity: 'warning',
    mend: 'Set PI_HASH_ALGO_LIST and PI_HASH_ALGO_PARAMS; new PINs are hashed by them',
    async run({database}) {
      const db = await database()
      const faults: Fault[] = []
      for (const row of await hashForms(db)) {
        const [form, n] = [String(row['form'] ?? ''), Number(row['n'])]
        const {message, severity} = judged(form, n) ?? {}
        if (message !== undefined) faults.push({message, ...(severity && {severity})})
      }
      return outcome('all of them', faults)
    },
  },
  {
    id: 'pins-readable',
    title: 'PINs are hashed, not encrypted',
    severity: 'note',
    mend: 'Remove the policy encrypt_pin, where no token needs it',
    async run({database}) {
      const db = await database()
      const readable = await count(db, (query) => query.where('pin_hash', 'like', '@@%'))
      return outcome(
        'all hashed',
        readable > 0 ? [{message: `${readable} PINs are encrypted: whoever has the key can read them.`}] : [],
      )
    },
  },
  {
    id: 'owners-several',
    title: 'no token belongs to several users',
    severity: 'note',
    mend: 'pi-manage token unassign SERIAL, then assign it again',
    async run({database}) {
      const db = await database()
      const several = db
        .k('tokenowner')
        .whereNotNull('token_id')
        .groupBy('token_id')
        .havingRaw('count(*) > 1')
        .select('token_id')
      const [row] = (await db.k.from(several.as('several')).count({n: '*'})) as Row[]
      const n = Number(row?.['n'] ?? 0)
      return outcome('none', n > 0 ? [{message: `${n} tokens belong to several users.`}] : [])
    },
  },
]

/** Types of privacyIDEA 3.8 to 3.14 and of eduMFA (spec/06). */
const tokenTypes = new Set(
  (
    '4eyes applspec certificate daplug daypassword email foureyes hotp indexedsecret motp ocra paper passkey pw push ' +
    'question radius registration remote sms spass sshkey tan tiqr totp u2f vasco webauthn yubico yubikey'
  ).split(' '),
)

async function count(db: Database, build: (query: Knex.QueryBuilder) => unknown = () => {}): Promise<number> {
  const query: Knex.QueryBuilder = db.k('token')
  build(query)
  const [row] = (await query.count({n: '*'})) as Row[]
  return Number(row?.['n'] ?? 0)
}

/** How many PINs begin alike, up to salt or parameters. */
async function hashForms(db: Database): Promise<Row[]> {
  const start = 'substr(pin_hash, 1, 30)'
  const rows = (await db
    .k('token')
    .whereNotNull('pin_hash')
    .whereNot('pin_hash', '')
    .whereNot('pin_hash', 'like', '@@%')
    .groupByRaw(
      `CASE WHEN pin_hash LIKE '$argon2%' THEN ${start} WHEN pin_hash LIKE '$%' THEN substr(pin_hash, 1, 16) ELSE 'digest' END`,
    )
    .select(
      db.k.raw(
        `CASE WHEN pin_hash LIKE '$argon2%' THEN ${start} WHEN pin_hash LIKE '$%' THEN substr(pin_hash, 1, 16) ELSE 'digest' END AS form`,
      ),
    )
    .count({n: '*'})) as Row[]
  const merged = new Map<string, number>()
  for (const row of rows) {
    const form =
      /^\$argon2\w+\$v=\d+\$m=\d+,t=\d+/.exec(String(row['form']))?.[0] ??
      String(row['form']).replace(/^(\$[^$]*\$).*/, '$1')
    merged.set(form, (merged.get(form) ?? 0) + Number(row['n']))
  }
  return [...merged].map(([form, n]) => ({form, n}))
}

/** MiB × passes from which checking a PIN takes about half a second of one processor. */
const dearArgon2 = 400

function judged(form: string, n: number): Fault | undefined {
  const argon2 = /m=(\d+),t=(\d+)/.exec(form)
  if (argon2) {
    const [mebibytes, passes] = [Math.round(Number(argon2[1]) / 1024), Number(argon2[2])]
    if (mebibytes * passes < dearArgon2) return undefined
    const seconds = (mebibytes * passes) / 800
    return {
      message: `${n} PINs are hashed with argon2 (${mebibytes} MiB, ${passes} passes): each try takes about ${seconds.toFixed(1)} s of a processor.`,
      severity: 'note',
    }
  }
  if (/^\$(argon2|pbkdf2-sha(256|512)|2[aby]|scrypt|bcrypt-sha256)/.test(form)) return undefined
  return {
    message:
      form === 'digest'
        ? `${n} PINs are hashed once only, as releases before 2.x did.`
        : `${n} PINs are hashed in the old form ${form}.`,
  }
}
