import {damaged} from './text.js'
import type {XmlElement, XmlEvent} from './xml.js'

/** The same limits as for well-formed documents. */
const limits = {depth: 40, elementsInUnit: 5000}

interface Open {
  name: string
  line: number
  attributes: Map<string, string>
  children: XmlElement[]
  text: string
}

const entities: Readonly<Record<string, string>> = {lt: '<', gt: '>', amp: '&', quot: '"', apos: "'"}

/** A comment, instruction, character data, declaration, end tag, start tag, or text. */
const piece =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<(![^>]*)>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>|([^<]+)|</gy

/**
 * Reads a document that is not well-formed, as the HTML parser of the originals does: missing end tags are closed by those
 * around them, end tags of nothing are passed over, blanks may come first. Never for what is signed. Events as of `readXml`.
 * @throws PiError INVALID_INPUT for a document type, and beyond the limits
 */
export function* readLenientXml(
  name: string,
  text: string,
  isContainer: (name: string) => boolean,
): Iterable<XmlEvent> {
  const outer: string[] = []
  const inner: Open[] = []
  let line = 1
  let elements = 0
  piece.lastIndex = 0
  for (let found = piece.exec(text); found; found = piece.exec(text)) {
    const [whole, data, declaration, end, start, attributes = '', empty, plain] = found
    if (declaration !== undefined) throw damaged(name, line, 'a document type declaration is not allowed here')
    if (start !== undefined) {
      const element: Open = {
        name: localName(start),
        line,
        attributes: readAttributes(attributes),
        children: [],
        text: '',
      }
      if (outer.length + inner.length >= limits.depth) throw damaged(name, line, 'the elements are nested too deeply')
      const parent = inner.at(-1)
      if (!parent && !isContainer(outer.at(-1) ?? '')) {
        if (!empty) outer.push(element.name)
        if (isContainer(element.name)) yield {kind: 'container', element}
      } else {
        elements += 1
        if (elements > limits.elementsInUnit) throw damaged(name, line, 'an element has too many parts')
        parent?.children.push(element)
        if (!empty) inner.push(element)
        else if (!parent) yield {kind: 'unit', element}
      }
    } else if (end !== undefined) {
      const wanted = localName(end)
      const at = inner.findLastIndex((element) => element.name === wanted)
      if (at > 0) inner.length = at
      else if (at === 0 || (inner.length > 0 && outer.includes(wanted))) {
        yield {kind: 'unit', element: inner[0]!}
        inner.length = 0
        elements = 0
        if (at < 0) outer.length = outer.lastIndexOf(wanted)
      } else if (inner.length === 0 && outer.includes(wanted)) outer.length = outer.lastIndexOf(wanted)
    } else if (inner.length > 0 && (data ?? plain) !== undefined) {
      inner.at(-1)!.text += data ?? decoded(plain ?? '')
    }
    for (let at = whole.indexOf('\n'); at >= 0; at = whole.indexOf('\n', at + 1)) line += 1
    if (whole === '') break
  }
  if (inner.length > 0) yield {kind: 'unit', element: inner[0]!}
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase()
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', double, single] of text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (!name.startsWith('xmlns')) attributes.set(localName(name), decoded(double ?? single ?? ''))
  }
  return attributes
}

function decoded(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => entities[name] ?? '')
}
