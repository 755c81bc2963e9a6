import encodeQr from 'qr'
import {PNG} from 'pngjs'
import type {ImportedToken} from '../../lib/types/imported-token.js'
import type {TokenWriter} from './contract.js'
import {otpauthUri} from './otpauth.js'
import {seedProblem} from './seed.js'

/** Why a token cannot be shown as a QR code. */
export const qrProblem = (token: ImportedToken) => seedProblem(token, ['hotp', 'totp'])

/** QR codes of key URIs for a terminal, each under the serial of its token. */
export function qrWriter(): TokenWriter {
  return {
    format: 'qr',
    problem: qrProblem,
    begin: () => '',
    token: (token) => `${token.serial}\n${encodeQr(otpauthUri(token), 'ascii')}\n`,
    end: () => '',
  }
}

/** Pixels for each module of a code, and modules of white around it (ISO/IEC 18004 asks for four). */
const scale = 6
const border = 4

/** The QR code of a token's key URI as a PNG. */
export function qrPng(token: ImportedToken): Buffer {
  const modules = encodeQr(otpauthUri(token), 'raw', {border, ecc: 'medium'})
  const side = modules.length * scale
  const picture = new PNG({width: side, height: side, colorType: 0})
  picture.data.fill(0xff)
  for (let y = 0; y < side; y++) {
    const row = modules[Math.floor(y / scale)]!
    for (let x = 0; x < side; x++) {
      if (row[Math.floor(x / scale)]) picture.data.fill(0, 4 * (y * side + x), 4 * (y * side + x) + 3)
    }
  }
  return PNG.sync.write(picture, {colorType: 0})
}
