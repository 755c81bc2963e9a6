import {decryptBlock} from '../../crypto/aes.js'
import {decodeHex, decodeModhex} from '../../crypto/encodings.js'
import {refused, type TokenChange, type TokenKind} from '../contract.js'

/** What is left of the CRC over a block with its own checksum (spec/06 §4). */
const residue = 0xf0b8

/** CRC-16 of ISO 13239 over all bytes. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1
  }
  return crc
}

/** A Yubikey in its own AES mode (spec/06 §4). */
export const yubikey: TokenKind = {
  type: 'yubikey',
  serialPrefix: 'UBAM',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  /** The last 32 characters hold usage and session counter, which only grow; the first use binds the private id. */
  async checkOtp(token, otp, env) {
    const key = decodeHex((await env.secret()).trim())
    const block = decodeModhex(otp.slice(-32))
    const plain = key?.length === 16 && block?.length === 16 ? decryptBlock(key, block) : undefined
    if (!plain || crc16(plain) !== residue) return refused
    const uid = plain.subarray(0, 6).toString('hex')
    const known = token.info.get('yubikey.tokenid')?.value
    if (known !== undefined && known.toLowerCase() !== uid) return refused
    const changes: TokenChange[] = []
    if (known === undefined) changes.push({change: 'info', key: 'yubikey.tokenid', value: uid})
    if (!token.info.has('yubikey.prefix')) {
      changes.push({change: 'info', key: 'yubikey.prefix', value: otp.slice(0, -32)})
    }
    const counter = plain.readUInt16LE(6) * 256 + (plain[11] ?? 0)
    if (counter < token.count) return {accepted: false, changes}
    return {accepted: true, changes: [...changes, {change: 'count', to: counter + 1}]}
  },
}
