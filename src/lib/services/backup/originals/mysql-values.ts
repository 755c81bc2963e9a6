import type {Field} from '../../../db/dump/contract.js'

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001A',
  // Kept with their backslash, since they mean something to LIKE only.
  '%': '\\%',
  _: '\\_',
}

/**
 * The rows of `(1,'a',NULL),(…);` as mysqldump writes them.
 * @returns undefined for what is no such list
 */
export function mysqlRows(text: string): Field[][] | undefined {
  const rows: Field[][] = []
  let at = 0
  while (at < text.length && text[at] !== ';') {
    if (text[at] !== '(') return undefined
    const row: Field[] = []
    do {
      const found = valueAt(text, at + 1)
      if (!found) return undefined
      row.push(found.value)
      at = found.end
    } while (text[at] === ',')
    if (text[at] !== ')') return undefined
    rows.push(row)
    at += 1
    while (text[at] === ',' || text[at] === ' ') at += 1
  }
  return rows
}

const plain = /NULL|-?[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F]+/y
const introducer = /_[a-z0-9]+ ?(?=['0])/y

function valueAt(text: string, start: number): {value: Field; end: number} | undefined {
  introducer.lastIndex = start
  const [before = ''] = introducer.exec(text) ?? []
  const at = start + before.length
  if (text[at] === "'") {
    const quoted = quotedAt(text, at + 1)
    if (!quoted) return undefined
    return before.startsWith('_binary') ? {...quoted, value: Buffer.from(quoted.value, 'latin1')} : quoted
  }
  const hex = /0x([0-9a-fA-F]*)/y
  hex.lastIndex = at
  const bytes = hex.exec(text)
  if (bytes) return {value: Buffer.from(bytes[1]!, 'hex'), end: at + bytes[0].length}
  plain.lastIndex = at
  const [word] = plain.exec(text) ?? []
  return word === undefined ? undefined : {value: word === 'NULL' ? null : word, end: at + word.length}
}

/** From behind the opening quote. */
function quotedAt(text: string, start: number): {value: string; end: number} | undefined {
  let value = ''
  let from = start
  const special = /['\\]/g
  for (;;) {
    special.lastIndex = from
    const found = special.exec(text)
    if (!found) return undefined
    const {index} = found
    value += text.slice(from, index)
    const next = text[index + 1]
    if (text[index] === '\\') {
      if (next === undefined) return undefined
      value += escapes[next] ?? next
      from = index + 2
    } else if (next === "'") {
      value += "'"
      from = index + 2
    } else return {value, end: index + 1}
  }
}
