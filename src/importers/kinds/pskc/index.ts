import {PiError} from '../../../lib/errors.js'
import type {ImportedRow} from '../../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../../contract.js'
import {RowError, showable} from '../../shared/rows.js'
import {damaged, readText} from '../../shared/text.js'
import {readXml, type XmlElement} from '../../shared/xml.js'
import {ContainerState} from './container.js'
import {readKey, readPackage, type PackagedKey} from './package.js'
import {ValueError} from './values.js'

/** Portable Symmetric Key Container, RFC 6030, and what the originals write under that name (spec/04 §5, §6.1). */
export const pskc: Importer = {
  format: 'pskc',
  title: 'PSKC, RFC 6030',

  detect({text}: Head): boolean {
    return /<(?:[\w.-]+:)?KeyContainer[\s>]/i.test(text)
  },

  read: (input, options) => readPskc(input, options),
}

async function* readPskc(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const state = new ContainerState(input.name, options)
  let found = false
  const text = readText(input, options.encoding)
  for await (const {kind, element} of readXml(input.name, text, (name) => name === 'keycontainer')) {
    if (kind === 'container') {
      found = true
    } else if (element.name === 'keypackage') {
      yield* readRow(input.name, element, state, options)
    } else {
      state.takeHeader(element)
    }
  }
  if (!found) throw damaged(input.name, undefined, 'there is no KeyContainer in it, so it is no PSKC file')
}

async function* readRow(
  name: string,
  unit: XmlElement,
  state: ContainerState,
  options: ReadOptions,
): AsyncIterable<ImportedRow> {
  const packaged = readPackage(unit)
  if (!packaged) {
    yield {line: unit.line, error: 'there is no key in this package'}
    return
  }
  const {line} = packaged
  if (packaged.type === 'pin') {
    yield {line, ...shown(packaged), skipped: 'a PIN of another key, not a token'}
    return
  }
  try {
    // The originals write seconds where RFC 6030 has intervals; their files say who made them.
    const driftInSeconds = options.driftInSeconds ?? isOwnExport(packaged.key)
    yield {line, token: await readKey(packaged, state.values(), {...options, driftInSeconds})}
  } catch (error) {
    if (error instanceof RowError) yield {line, ...shown(packaged), error: error.message}
    else if (!(error instanceof ValueError)) throw error
    else if (error.problem === 'format') yield {line, ...shown(packaged), error: error.message}
    else if (error.problem === 'mac' && options.validateMac === 'soft')
      yield {line, ...shown(packaged), error: error.message}
    else throw untrusted(name, packaged, error)
  }
}

/** A wrong key or MAC refuses the whole file (spec/04 §5.4), so that nothing of it is written. */
function untrusted(name: string, packaged: PackagedKey, error: ValueError): PiError {
  const {serial} = shown(packaged)
  const hints =
    error.problem === 'mac'
      ? ['The file was changed, or the key is wrong; --validate-mac soft leaves out only the tokens concerned']
      : ['Check the pre-shared key or the password']
  return new PiError(
    'INTEGRITY',
    `${name}, line ${String(packaged.line)}${serial ? `, token ${serial}` : ''}: ${error.message}.`,
    {hints},
  )
}

function shown(packaged: PackagedKey): {serial?: string; type?: string} {
  const serial = showable(packaged.serial, 'serial')
  return {...(serial && {serial}), ...(packaged.type && {type: packaged.type})}
}

function isOwnExport(key: XmlElement): boolean {
  return key.children.some(({name, text}) => name === 'issuer' && /^(?:privacyIDEA|eduMFA)$/.test(text.trim()))
}
