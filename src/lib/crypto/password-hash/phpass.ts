import {createMD5, createSHA512, type IHasher} from 'hash-wasm'
import {encodeH64, h64Digits} from '../encodings.js'
import {randomCharacters} from '../random.js'
import type {CryptScheme} from './contract.js'
import {integerParameter} from './parameters.js'

interface Family {
  name: string
  /** First of `marks` is written. */
  marks: readonly string[]
  hasher: () => Promise<IHasher>
  /** Characters of the checksum kept. */
  length: number
  /** Cost of a new hash. */
  cost: number
}

/** `$P$`, `$H$` or `$S$`, one cost character, 8 of salt, checksum: PHPass portable hashes, 2^cost rounds (spec/02 §6.5). */
function phpassLike({name, marks, hasher, length, cost: preset}: Family): CryptScheme {
  return {
    name,
    async compute(secret, setting) {
      const [, mark = '', costCharacter = '', salt = ''] = /^(\$[PHS]\$)([./0-9A-Za-z])([^$:\n]{8})/.exec(setting) ?? []
      const cost = h64Digits.indexOf(costCharacter)
      if (!marks.includes(mark) || cost < 7 || cost > 30) return undefined
      const md = await hasher()
      const hash = (bytes: Uint8Array) => {
        md.init()
        md.update(bytes)
        return md.digest('binary')
      }
      let state = hash(Buffer.concat([Buffer.from(salt, 'utf8'), secret]))
      const joined = Buffer.concat([state, secret])
      for (let round = 2 ** cost; round > 0; round--) {
        joined.set(state)
        state = hash(joined)
      }
      return setting.slice(0, 12) + encodeH64(state).slice(0, length)
    },
    async newSetting(parameters, random) {
      const cost = integerParameter(parameters, ['rounds', 'default_rounds'], {preset, min: 7, max: 30})
      return `${marks[0]}${h64Digits.charAt(cost)}${await randomCharacters(h64Digits, 8, random)}`
    },
  }
}

export const phpass = phpassLike({cost: 19, hasher: createMD5, length: 22, marks: ['$P$', '$H$'], name: 'phpass'})
export const phpassDrupal = phpassLike({
  cost: 15,
  hasher: createSHA512,
  length: 43,
  marks: ['$S$'],
  name: 'phpass_drupal',
})
