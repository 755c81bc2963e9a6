import type {PNGWithMetadata} from 'pngjs'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {MigrationBatches, readMigration} from '../shared/migration.js'
import {readOtpauth} from '../shared/otpauth.js'
import {rowOf} from '../shared/rows.js'
import {damaged} from '../shared/text.js'
import {readWhole} from '../shared/whole.js'

const pngMark = Buffer.from('89504e470d0a1a0a', 'hex')

/** A picture larger than this is no screenshot of a QR code. */
const limits = {bytes: 32 * 1024 * 1024, pixels: 64_000_000, milliseconds: 3000}

/** A PNG with the QR code of a key URI, or of an export of Google Authenticator. */
export const qrImage: Importer = {
  format: 'qr-png',
  aliases: ['png', 'qr'],
  title: 'PNG with the QR code of an otpauth:// or otpauth-migration:// URI',
  detect: ({bytes}) => bytes.subarray(0, 8).equals(pngMark),
  read: (input, options) => readImage(input, options),
}

async function* readImage(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const uri = await decode(input.name, await readWhole(input, limits.bytes))
  const batches = new MigrationBatches()
  if (/^otpauth-migration:/i.test(uri)) yield* readMigration(uri, 1, options, batches)
  else if (/^otpauth:/i.test(uri)) yield rowOf(1, {}, () => readOtpauth(uri, 'otpauth', options))
  else throw damaged(input.name, undefined, 'the QR code is no otpauth URI')
  yield* batches.missing()
}

async function decode(name: string, bytes: Buffer): Promise<string> {
  // Width and height stand in the first chunk; a small file may claim a huge picture.
  const [width, height] = bytes.length >= 24 ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : [0, 0]
  if (width === 0 || height === 0 || width * height > limits.pixels)
    throw damaged(name, undefined, 'the picture is too large or damaged')
  const [{PNG}, {default: decodeQr}] = await Promise.all([import('pngjs'), import('qr/decode.js')])
  let picture: PNGWithMetadata
  try {
    picture = PNG.sync.read(bytes)
  } catch {
    throw damaged(name, undefined, 'the picture is damaged')
  }
  try {
    const {data} = picture
    return decodeQr(
      {width: picture.width, height: picture.height, data},
      {format: 'RGBA', timeLimit: limits.milliseconds},
    )
  } catch {
    throw damaged(name, undefined, 'there is no readable QR code in the picture')
  }
}
