import {readBase64} from '../../shared/key-encoding.js'
import {child, type XmlElement} from '../../shared/xml.js'

/** Containers of RFC 6030 and of the Internet-Drafts before it. */
export const containerNames: ReadonlySet<string> = new Set(['keycontainer', 'secretcontainer'])

/** What the beginning of a draft says about encrypted values. */
export interface DraftHeader {
  method: string | undefined
  /** In front of every cipher text that has none of its own. */
  iv: Buffer | undefined
  macDeclared: boolean
}

/** Values by the names that drafts give them. */
const valueNames: Readonly<Record<string, string>> = {
  SECRET: 'secret',
  COUNTER: 'counter',
  TIME: 'time',
  TIME_INTERVAL: 'timeinterval',
  TIME_DRIFT: 'timedrift',
}

/**
 * The keys of a `Device`, as the drafts have it (draft-hoyer-keyprov-portable-symmetric-key-container-00 and -01,
 * draft-ietf-keyprov-portable-symmetric-key-container, draft-ietf-keyprov-pskc-02), each as a package of RFC 6030.
 */
export function packagesOfDevice(device: XmlElement, header: DraftHeader): XmlElement[] {
  const info = child(device, 'deviceinfo') ?? child(device, 'deviceid')
  return device.children
    .filter(({name}) => name === 'key' || name === 'secret')
    .map((key) =>
      element('keypackage', key.line, [...(info ? [{...info, name: 'deviceinfo'}] : []), keyOf(key, header)]),
    )
}

function keyOf(key: XmlElement, header: DraftHeader): XmlElement {
  const attribute = (...names: string[]) =>
    names.map((name) => key.attributes.get(name)).find((value) => value !== undefined)
  const usage = child(key, 'usage')
  const format = usage && child(usage, 'responseformat')
  const named = key.children.filter(({name, attributes}) => name === 'data' && attributes.has('name'))
  const values = named.map((data) => valueOf(data, header)).filter((value) => value !== undefined)
  const rest = key.children.filter((part) => part !== usage && !named.includes(part))
  return {
    ...element('key', key.line, [
      ...rest,
      ...(format ? [element('algorithmparameters', format.line, [formatOf(format), ...suiteOf(usage)])] : []),
      ...(values.length > 0 ? [element('data', key.line, values)] : []),
    ]),
    attributes: new Map([
      ['id', attribute('id', 'keyid', 'secretid') ?? ''],
      ['algorithm', attribute('algorithm', 'keyalgorithm', 'secretalgorithm') ?? ''],
    ]),
  }
}

/** Drafts call the encoding of a value its format. */
function formatOf(format: XmlElement): XmlElement {
  const encoding = format.attributes.get('encoding') ?? format.attributes.get('format')
  return {
    ...format,
    attributes: new Map([...format.attributes, ...(encoding ? ([['encoding', encoding]] as const) : [])]),
  }
}

function suiteOf(usage: XmlElement): XmlElement[] {
  const suite = child(usage, 'suite')
  return suite ? [suite] : []
}

/** `<Data Name="SECRET"><Value>…</Value><ValueDigest>…</ValueDigest></Data>` as an element of its own. */
function valueOf(data: XmlElement, header: DraftHeader): XmlElement | undefined {
  const name = valueNames[data.attributes.get('name')?.toUpperCase() ?? '']
  const value = child(data, 'value') ?? child(data, 'plainvalue') ?? child(data, 'encryptedvalue')
  if (!name || !value) return undefined
  const digest = child(data, 'valuedigest') ?? child(data, 'valuemac')
  // A value without digest in a file that has digests was left in clear.
  const encrypted =
    value.name === 'value' && header.method !== undefined && (digest !== undefined || !header.macDeclared)
  return element(name, data.line, [
    value.name === 'value' ? (encrypted ? encryptedValue(value, header) : {...value, name: 'plainvalue'}) : value,
    ...(digest ? [{...digest, name: 'valuemac'}] : []),
  ])
}

function encryptedValue(value: XmlElement, {method = '', iv}: DraftHeader): XmlElement {
  const bytes = readBase64(value.text)
  const text = iv && bytes ? Buffer.concat([iv, bytes]).toString('base64') : value.text
  return element('encryptedvalue', value.line, [
    {...element('encryptionmethod', value.line, []), attributes: new Map([['algorithm', method]])},
    element('cipherdata', value.line, [{...element('ciphervalue', value.line, []), text}]),
  ])
}

function element(name: string, line: number, children: readonly XmlElement[]): XmlElement {
  return {name, line, attributes: new Map(), children, text: ''}
}
