import type {HashScheme} from './contract.js'

interface SchemeEntry {
  name: string
  /** What hashes of the scheme look like from outside; the scheme itself is strict. */
  form: RegExp
  load: () => Promise<HashScheme>
}

/** All password hashes that are understood. To add one, write its file and add a line. */
const entries: readonly SchemeEntry[] = [
  {name: 'argon2', form: /^\$argon2(id|i|d)\$/, load: async () => (await import('./argon2.js')).argon2},
  {name: 'pbkdf2_sha512', form: /^\$pbkdf2-sha512\$/, load: async () => (await import('./pbkdf2.js')).pbkdf2Sha512},
  {name: 'pbkdf2_sha256', form: /^\$pbkdf2-sha256\$/, load: async () => (await import('./pbkdf2.js')).pbkdf2Sha256},
  {name: 'pbkdf2_sha1', form: /^\$pbkdf2\$/, load: async () => (await import('./pbkdf2.js')).pbkdf2Sha1},
  {name: 'bcrypt', form: /^\$2[aby]\$/, load: async () => (await import('./bcrypt.js')).bcrypt},
  {name: 'bcrypt_sha256', form: /^\$bcrypt-sha256\$/, load: async () => (await import('./bcrypt.js')).bcryptSha256},
  {name: 'scrypt', form: /^\$scrypt\$/, load: async () => (await import('./scrypt.js')).scrypt},
  {name: 'sha512_crypt', form: /^\$6\$/, load: async () => (await import('./sha-crypt.js')).sha512Crypt},
  {name: 'sha256_crypt', form: /^\$5\$/, load: async () => (await import('./sha-crypt.js')).sha256Crypt},
  {name: 'md5_crypt', form: /^\$1\$/, load: async () => (await import('./md5-crypt.js')).md5Crypt},
  {name: 'yescrypt', form: /^\$y\$/, load: async () => (await import('./yescrypt.js')).yescrypt},
  {name: 'des_crypt', form: /^[./0-9A-Za-z]{13}$/, load: async () => (await import('./des-crypt.js')).desCrypt},
  {name: 'phpass', form: /^\$[PH]\$/, load: async () => (await import('./phpass.js')).phpass},
  {name: 'phpass_drupal', form: /^\$S\$/, load: async () => (await import('./phpass.js')).phpassDrupal},
  {name: 'ldap_sha1', form: /^\{SHA\}/, load: async () => (await import('./ldap-digest.js')).ldapSha1},
  {name: 'ldap_salted_sha1', form: /^\{SSHA\}/, load: async () => (await import('./ldap-digest.js')).ldapSaltedSha1},
  {
    name: 'ldap_salted_sha256',
    form: /^\{SSHA256\}/,
    load: async () => (await import('./ldap-digest.js')).ldapSaltedSha256,
  },
  {
    name: 'ldap_salted_sha512',
    form: /^\{SSHA512\}/,
    load: async () => (await import('./ldap-digest.js')).ldapSaltedSha512,
  },
  {name: 'hex_sha256', form: /^[0-9a-fA-F]{64}$/, load: async () => (await import('./hex-sha256.js')).hexSha256},
]

const byName = new Map(entries.map((entry) => [entry.name, entry]))

/** Whether there is such a scheme. */
export function isScheme(name: string): boolean {
  return byName.has(name)
}

/** The first of the named schemes whose form a stored hash has. */
export function identifyScheme(stored: string, names: readonly string[]): string | undefined {
  return names.find((name) => byName.get(name)?.form.test(stored))
}

/** @throws RangeError for an unknown name: ask {@link isScheme} before */
export async function loadScheme(name: string): Promise<HashScheme> {
  const entry = byName.get(name)
  if (!entry) throw new RangeError(`No password hash scheme ${name}`)
  return entry.load()
}
