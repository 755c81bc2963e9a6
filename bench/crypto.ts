// Rates of the cryptographic parts beside the limit of the machine: node --import tsx bench/crypto.ts
import {createCipheriv, createDecipheriv, generateKeyPairSync, randomBytes, sign, verify, constants} from 'node:crypto'
import {availableParallelism} from 'node:os'
import {KeySetModule} from '../src/hsm/key-set.js'
import {createHash, PasswordContext, verifyHash} from '../src/lib/crypto/password-hash.js'
import {decryptTokenSecret, encryptTokenSecret} from '../src/lib/crypto/secret-values.js'
import {signText, verifyText} from '../src/lib/crypto/signature.js'

const seconds = Number(process.env['PI_BENCH_SECONDS'] ?? 2)

/** Calls a second; `parallel` of them at a time. */
async function rate(work: () => unknown, parallel = 1): Promise<number> {
  const end = performance.now() + seconds * 1000
  const start = performance.now()
  let count = 0
  await Promise.all(
    Array.from({length: parallel}, async () => {
      while (performance.now() < end) {
        await work()
        count += 1
      }
    }),
  )
  return Math.round(count / ((performance.now() - start) / 1000))
}

/** Calls a second of something synchronous, without looking at the clock each time. */
function rateSync(work: () => unknown): number {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < seconds * 1000) {
    for (let at = 0; at < 100; at++) work()
    count += 100
  }
  return Math.round(count / ((performance.now() - start) / 1000))
}

function show(what: string, ours: number, limit?: number): void {
  const share = limit === undefined ? '' : `   limit ${limit}/s, ${Math.round((100 * ours) / limit)} %`
  console.log(`${what.padEnd(44)} ${String(ours).padStart(9)}/s${share}`)
}

const cores = availableParallelism()
console.log(`Node ${process.version}, ${cores} cores, ${seconds} s each`)

const module = new KeySetModule('bench', randomBytes(96))
const stored = await encryptTokenSecret(module, randomBytes(20).toString('hex'))
const key = randomBytes(32)
const [iv, ciphertext] = [Buffer.from(stored.iv, 'hex'), Buffer.from(stored.ciphertext, 'hex')]
const seed = Buffer.from('a'.repeat(40))
const encryptLimit = rateSync(() => {
  const cipher = createCipheriv('aes-256-cbc', key, randomBytes(16))
  return [cipher.update(seed), cipher.final()]
})
const decryptLimit = rateSync(() => {
  const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return [decipher.update(ciphertext), decipher.final()]
})
show('encrypt a token secret', await rate(() => encryptTokenSecret(module, 'a'.repeat(40))), encryptLimit)
show('decrypt a token secret', await rate(() => decryptTokenSecret(module, stored)), decryptLimit)

for (const bits of [2048, 4096]) {
  const {privateKey, publicKey} = generateKeyPairSync('rsa', {modulusLength: bits})
  const text = 'x'.repeat(400)
  const signature = await signText(privateKey, text)
  const options = {padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN}
  const raw = rateSync(() => sign('sha256', Buffer.from(text), {key: privateKey, ...options}))
  const rawVerify = rateSync(() =>
    verify('sha256', Buffer.from(text), {key: publicKey, ...options}, Buffer.from(signature.slice(15), 'hex')),
  )
  show(`sign with RSA ${bits}, one after the other`, await rate(() => signText(privateKey, text)), raw)
  show(`sign with RSA ${bits}, 16 at a time`, await rate(() => signText(privateKey, text), 16), raw * cores)
  show(`verify with RSA ${bits}`, await rate(() => verifyText(publicKey, text, signature)), rawVerify)
}

for (const [name, parameters] of [
  ['argon2', {rounds: 9}],
  ['pbkdf2_sha512', {}],
  ['bcrypt', {}],
  ['scrypt', {}],
  ['sha512_crypt', {}],
  ['yescrypt', {}],
  ['phpass', {rounds: 17}],
] as const) {
  const hash = await createHash(name, 'password', parameters)
  // Different passwords: the same ones at the same time are computed once.
  let turn = 0
  show(`verify ${name}, 2 at a time`, await rate(() => verifyHash(name, `x${turn++}`, hash), 2))
}
const pin = await new PasswordContext().hash('1234')
show('verify one PIN, 50 at a time, computed once', await rate(() => new PasswordContext().verify('1234', pin), 50))
