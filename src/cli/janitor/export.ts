import {randomBytes} from 'node:crypto'
import {rmSync, writeFileSync} from 'node:fs'
import type {App} from '../../app.js'
import {makeWriter} from '../../importers/writers/registry.js'
import {PiError, reasonOf} from '../../lib/errors.js'
import type {Condition} from '../../lib/services/janitor/condition.js'
import {readKey} from '../flags/token-file.js'
import {readSecretFile} from '../secret-input.js'
import {openTarget, writeTokens, type ExportTarget, type WriteCounts} from '../write-tokens.js'

/** The flags of `janitorExport`. */
export interface ExportFlags {
  format: string
  output?: string | undefined
  keyfile?: string | undefined
  'preshared-key-file'?: string | undefined
  plain?: boolean | undefined
  owners?: boolean | undefined
  b32?: boolean | undefined
}

/** Bytes of a key that is made for a PSKC document: AES-128, which every reader knows. */
const keyBytes = 16

/**
 * Writes the tokens that meet a condition, one document over all of them.
 * @throws PiError USAGE (secrets in clear unasked, no key), REFUSED (file exists), INVALID_INPUT, INTEGRITY, UNAVAILABLE
 */
export async function exportTokens(app: App, condition: Condition, flags: ExportFlags): Promise<WriteCounts> {
  const {format, output, plain, owners, b32} = flags
  if (format !== 'pskc' && !plain) {
    throw new PiError('USAGE', `The format ${format} holds the secrets in clear.`, {
      hints: ['Add --plain if that is what you want', 'PSKC is encrypted: --format pskc --keyfile FILE'],
    })
  }
  const source = await app.exportTokens()
  const presharedKey = format === 'pskc' && !plain ? keyOf(flags) : undefined
  const writer = await makeWriter(format, {presharedKey, plain, owners, base32: b32})
  let target: ExportTarget | undefined
  try {
    target = openTarget(output)
    const to = target
    const tokens = source.run(condition, {exact: format === 'dump', logins: owners ?? false})
    const counts = await writeTokens(tokens, writer, (text) => to.write(text))
    target.finish()
    return counts
  } catch (error) {
    target?.discard()
    // A key without its document is of no use.
    if (presharedKey && flags.keyfile !== undefined) rmSync(flags.keyfile, {force: true})
    throw error
  }
}

function keyOf({keyfile, 'preshared-key-file': given}: ExportFlags): Buffer {
  if (given !== undefined) return Buffer.from(readKey(readSecretFile(given), `The key in ${given}`))
  if (keyfile === undefined) {
    throw new PiError('USAGE', 'An encrypted PSKC document needs a key.', {
      hints: ['Let one be made: --keyfile FILE', 'Or use one: --preshared-key-file FILE'],
    })
  }
  const key = randomBytes(keyBytes)
  try {
    writeFileSync(keyfile, `${key.toString('hex')}\n`, {flag: 'wx', mode: 0o600})
  } catch (error) {
    throw new PiError('REFUSED', `The key file ${keyfile} cannot be made: ${reasonOf(error)}.`, {cause: error})
  }
  return key
}
