import {encodeH64, h64Digits} from '../encodings.js'
import type {CryptScheme} from './contract.js'
import type {YescryptCost} from './yescrypt-kdf.js'

const form = /^\$y\$j([./0-9A-Za-j])([./0-9A-Za-j])\$([./0-9A-Za-z]{0,86})(?:\$|$)/

/**
 * `$y$j<log2 N><r>$<salt>$<checksum>`: the default of crypt(3) on today's systems, in its default flavor; costs with
 * more letters (several lanes, a ROM) are refused.
 */
export const yescrypt: CryptScheme = {
  name: 'yescrypt',
  memoryKib: (stored) => {
    const cost = costOf(stored)
    return cost ? (cost.n * cost.r) / 8 : 0
  },
  async compute(secret, setting) {
    const saltText = form.exec(setting)?.[3]
    const cost = costOf(setting)
    const salt = saltText === undefined ? undefined : decodeH64(saltText)
    if (!cost || !salt) return undefined
    const {yescryptKdf} = await import('./yescrypt-kdf.js')
    return `${setting.slice(0, 6)}$${saltText}$${encodeH64(yescryptKdf(secret, salt, cost))}`
  },
  async newSetting(_parameters, random) {
    return `$y$j9T$${encodeH64(await random(16))}`
  },
}

/** Numbers are written in one digit up to 47, which is more than anybody uses. */
function costOf(setting: string): YescryptCost | undefined {
  const [, exponent, size] = form.exec(setting) ?? []
  if (exponent === undefined || size === undefined) return undefined
  const [log2, r] = [h64Digits.indexOf(exponent) + 1, h64Digits.indexOf(size) + 1]
  return log2 >= 2 && log2 <= 24 ? {n: 2 ** log2, r} : undefined
}

/** Undefined when a last group has bits that no byte takes. */
function decodeH64(text: string): Buffer | undefined {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at += 4) {
    const digits = text.slice(at, at + 4)
    let group = 0
    for (const [place, digit] of [...digits].entries()) group |= h64Digits.indexOf(digit) << (6 * place)
    const count = Math.floor((digits.length * 6) / 8)
    if (count === 0 || group >>> (8 * count) !== 0) return undefined
    for (let byte = 0; byte < count; byte++) bytes.push((group >>> (8 * byte)) & 0xff)
  }
  return Buffer.from(bytes)
}
