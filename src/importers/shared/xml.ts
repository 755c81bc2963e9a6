import {SaxesParser} from 'saxes'
import {PiError} from '../../lib/errors.js'
import {damaged} from './text.js'

/** An element with everything in it. Names are local, lower case: the originals ignore prefixes and case (spec/04 §5.1). */
export interface XmlElement {
  readonly name: string
  /** Where it begins, from 1. */
  readonly line: number
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Its own text, without that of its children. */
  readonly text: string
}

export type XmlEvent = {kind: 'container'; element: XmlElement} | {kind: 'unit'; element: XmlElement}

/** What a list of tokens never reaches. */
const limits = {depth: 40, elementsInUnit: 5000, textInUnit: 1024 * 1024, quietCharacters: 1024 * 1024}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[]
  text: string
}

/**
 * Reads an XML document piece by piece: an event for the opening of each container, then one for each whole element
 * directly inside it. Document types, and with them entities of one's own, are refused; nothing is ever fetched.
 * @param isContainer tells a container by its local name in lower case
 * @throws PiError INVALID_INPUT for what is not well-formed, for a document type, and beyond the limits
 */
export async function* readXml(
  name: string,
  chunks: AsyncIterable<string>,
  isContainer: (name: string) => boolean,
): AsyncIterable<XmlEvent> {
  const reader = new XmlReader(name, isContainer)
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += 64 * 1024) {
      yield* reader.write(chunk.slice(start, start + 64 * 1024))
    }
  }
  yield* reader.close()
}

class XmlReader {
  readonly #name: string
  readonly #isContainer: (name: string) => boolean
  readonly #parser = new SaxesParser({xmlns: false, position: true})
  /** Elements outside units, as names; then the unit and what is open in it. */
  readonly #outer: string[] = []
  readonly #inner: OpenElement[] = []
  #events: XmlEvent[] = []
  #elements = 0
  #characters = 0
  #quiet = 0

  constructor(name: string, isContainer: (name: string) => boolean) {
    this.#name = name
    this.#isContainer = isContainer
    this.#parser.on('error', (error) => {
      throw this.#damaged(`not well-formed XML (${error.message.replace(/^.*?:\d+:\d+: /, '').slice(0, 100)})`)
    })
    this.#parser.on('doctype', () => {
      throw this.#damaged('a document type declaration is not allowed here')
    })
    this.#parser.on('opentag', (tag) => {
      this.#open(tag.name, tag.attributes)
    })
    this.#parser.on('closetag', () => {
      this.#close()
    })
    const addText = (text: string) => {
      this.#quiet = 0
      const element = this.#inner.at(-1)
      if (!element) return
      this.#characters += text.length
      if (this.#characters > limits.textInUnit) throw this.#damaged('an element is too large')
      element.text += text
    }
    this.#parser.on('text', addText)
    this.#parser.on('cdata', addText)
  }

  write(chunk: string): XmlEvent[] {
    this.#quiet += chunk.length
    // A tag or text without end collects in the parser.
    if (this.#quiet > limits.quietCharacters) throw this.#damaged('a tag or a text is too long')
    return this.#guarded(() => this.#parser.write(chunk))
  }

  close(): XmlEvent[] {
    return this.#guarded(() => this.#parser.close())
  }

  #guarded(work: () => unknown): XmlEvent[] {
    try {
      work()
    } catch (error) {
      throw error instanceof PiError ? error : this.#damaged('not well-formed XML')
    }
    const events = this.#events
    this.#events = []
    return events
  }

  #open(rawName: string, rawAttributes: Record<string, string>): void {
    this.#quiet = 0
    const element = {
      name: localName(rawName),
      line: this.#parser.line,
      attributes: localAttributes(rawAttributes),
      children: [],
      text: '',
    }
    if (this.#outer.length + this.#inner.length >= limits.depth)
      throw this.#damaged('the elements are nested too deeply')
    const parent = this.#inner.at(-1)
    if (!parent && !this.#isContainer(this.#outer.at(-1) ?? '')) {
      this.#outer.push(element.name)
      if (this.#isContainer(element.name)) this.#events.push({kind: 'container', element})
      return
    }
    this.#elements += 1
    if (this.#elements > limits.elementsInUnit) throw this.#damaged('an element has too many parts')
    parent?.children.push(element)
    this.#inner.push(element)
  }

  #close(): void {
    this.#quiet = 0
    const element = this.#inner.pop()
    if (!element) {
      this.#outer.pop()
      return
    }
    if (this.#inner.length > 0) return
    this.#elements = 0
    this.#characters = 0
    this.#events.push({kind: 'unit', element})
  }

  #damaged(reason: string): PiError {
    return damaged(this.#name, this.#parser.line, reason)
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase()
}

function localAttributes(raw: Record<string, string>): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [name, value] of Object.entries(raw)) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) attributes.set(localName(name), value)
  }
  return attributes
}

/** The child of that local name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name)
}

/** The element at the end of a path of local names. */
export function at(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce(child, element)
}

/** The first element of that name, at any depth. */
export function descendant(element: XmlElement | undefined, name: string): XmlElement | undefined {
  if (!element) return undefined
  for (const one of element.children) {
    const found = one.name === name ? one : descendant(one, name)
    if (found) return found
  }
  return undefined
}
