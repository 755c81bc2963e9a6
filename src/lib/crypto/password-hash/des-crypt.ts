import desCryptOf from 'unix-crypt-td-js'
import {h64Digits} from '../encodings.js'
import {randomCharacters} from '../random.js'
import type {CryptScheme} from './contract.js'

/** Traditional crypt(3): two salt characters and eleven of checksum; only the first 8 bytes of the secret count. */
export const desCrypt: CryptScheme = {
  name: 'des_crypt',
  async compute(secret, setting) {
    if (!/^[./0-9A-Za-z]{2}/.test(setting)) return undefined
    return desCryptOf([...secret.subarray(0, 8)], setting.slice(0, 2))
  },
  async newSetting(_parameters, random) {
    return randomCharacters(h64Digits, 2, random)
  },
}
