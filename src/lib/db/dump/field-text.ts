import type {Field} from './contract.js'

const letters: Readonly<Record<string, string>> = {t: '\t', n: '\n', r: '\r', '\\': '\\'}

/**
 * The fields of a line of a dump, without its line feed.
 * @returns undefined for a line that no dump can hold
 */
export function fieldsOf(line: string): Field[] | undefined {
  const fields: Field[] = line.split('\t')
  if (!line.includes('\\')) return fields
  for (const [at, text] of (fields as string[]).entries()) {
    if (!text.includes('\\')) continue
    if (text === '\\N') fields[at] = null
    else if (text.startsWith('\\x')) {
      if (!/^\\x(?:[0-9a-f]{2})*$/.test(text)) return undefined
      fields[at] = Buffer.from(text.slice(2), 'hex')
    } else {
      if (!/^(?:[^\\]|\\[tnr\\])*$/.test(text)) return undefined
      fields[at] = text.replaceAll(/\\(.)/g, (_all, letter: string) => letters[letter]!)
    }
  }
  return fields
}
