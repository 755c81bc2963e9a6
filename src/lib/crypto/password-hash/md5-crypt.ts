import {createMD5} from 'hash-wasm'
import {encodeH64, h64Digits} from '../encodings.js'
import {randomCharacters} from '../random.js'
import type {CryptScheme} from './contract.js'
import {integerParameter} from './parameters.js'

const mark = '$1$'
/** Order in which the checksum's bytes are written, lowest first. */
const order = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11]

/** `$1$<salt, 8 at most>$<checksum>`: the MD5 scheme of FreeBSD's crypt(3), 1000 rounds. */
export const md5Crypt: CryptScheme = {
  name: 'md5_crypt',
  async compute(secret, setting) {
    const saltText = /^\$1\$([^$:\n]{0,64})/.exec(setting)?.[1]
    if (saltText === undefined) return undefined
    const salt = Buffer.from(saltText, 'utf8').subarray(0, 8)
    const hasher = await createMD5()
    const md5 = (...parts: Uint8Array[]) => {
      hasher.init()
      hasher.update(Buffer.concat(parts))
      return Buffer.from(hasher.digest('binary'))
    }
    const parts: Uint8Array[] = [
      secret,
      Buffer.from(mark),
      salt,
      Buffer.alloc(secret.length, md5(secret, salt, secret)),
    ]
    // The bit decides between a zero byte and the first byte of the secret: so it was written once, so it is.
    for (let bits = secret.length; bits > 0; bits >>>= 1) parts.push(bits & 1 ? Buffer.alloc(1) : secret.subarray(0, 1))
    let state = md5(...parts)
    for (let round = 0; round < 1000; round++) {
      const middle = [round % 3 ? salt : Buffer.alloc(0), round % 7 ? secret : Buffer.alloc(0)]
      state = round & 1 ? md5(secret, ...middle, state) : md5(state, ...middle, secret)
    }
    return `${mark}${salt.toString('utf8')}$${encodeH64(Buffer.from(order.map((at) => state[at] ?? 0)))}`
  },
  async newSetting(parameters, random) {
    const length = integerParameter(parameters, ['salt_size'], {preset: 8, min: 0, max: 8})
    return mark + (await randomCharacters(h64Digits, length, random))
  },
}
