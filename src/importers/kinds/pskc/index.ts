import {PiError} from '../../../lib/errors.js'
import type {ImportedRow} from '../../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../../contract.js'
import {RowError, showable} from '../../shared/rows.js'
import {damaged, readText} from '../../shared/text.js'
import {readWholeText} from '../../shared/whole.js'
import {readLenientXml} from '../../shared/lenient-xml.js'
import {readXml, type XmlElement, type XmlEvent} from '../../shared/xml.js'
import {containerNames, packagesOfDevice} from './draft.js'
import {ContainerState} from './container.js'
import {readKey, readPackage, type PackagedKey} from './package.js'
import {ValueError} from './values.js'

/** Portable Symmetric Key Container, RFC 6030, and what the originals write under that name (spec/04 §5, §6.1). */
export const pskc: Importer = {
  format: 'pskc',
  title: 'PSKC, RFC 6030',

  detect({text}: Head): boolean {
    return /<(?:[\w.-]+:)?(?:Key|Secret)Container[\s>]/i.test(text)
  },

  read: (input, options) => readPskc(input, options),
}

async function* readPskc(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const state = new ContainerState(input.name, options)
  let found = false
  for await (const {kind, element} of readEvents(input, options)) {
    if (kind === 'container') {
      found = true
    } else if (element.name === 'keypackage') {
      yield* readRow(input.name, element, state, options)
    } else if (element.name === 'device') {
      for (const unit of packagesOfDevice(element, state.draft)) yield* readRow(input.name, unit, state, options)
    } else {
      state.takeHeader(element)
    }
  }
  if (!found) throw damaged(input.name, undefined, 'there is no KeyContainer in it, so it is no PSKC file')
}

/** Streams a well-formed document; what is signed or not well-formed is read as a whole. */
async function* readEvents(input: TokenInput, options: ReadOptions): AsyncIterable<XmlEvent> {
  const isContainer = (name: string) => containerNames.has(name)
  const {trustAnchors, lenient} = options
  if (trustAnchors === undefined && !lenient) {
    yield* readXml(input.name, readText(input, options.encoding), isContainer)
    return
  }
  if (trustAnchors !== undefined && lenient) {
    throw new PiError('USAGE', 'What is signed is not read leniently.', {
      hints: ['Leave out --lenient or --trust-cert'],
    })
  }
  const whole = await readWholeText(input, options.encoding)
  if (trustAnchors === undefined) {
    if (/<(?:[\w.-]+:)?Signature[\s>]/.test(whole)) {
      throw new PiError('REFUSED', `${input.name} is signed, and what is signed is not read leniently.`)
    }
    yield* readLenientXml(input.name, whole, isContainer)
    return
  }
  // First for the limits and against document types, which the signature library would read.
  for await (const _ of readXml(input.name, pieces(whole), isContainer));
  const {signedContent} = await import('./signature.js')
  yield* readXml(input.name, pieces(await signedContent(input.name, whole, trustAnchors)), isContainer)
}

async function* pieces(text: string): AsyncIterable<string> {
  yield text
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
