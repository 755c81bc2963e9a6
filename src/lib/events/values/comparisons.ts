import {parseNetwork} from '../../policy/client-networks.js'
import {isOlder} from '../../types/release.js'
import {error, warning, type EventServer, type ValueForm} from '../contract.js'

const quotedWords = ['equals', '!equals', 'contains', '!contains', 'matches', '!matches', 'in', '!in']
const quotedDates = ['date_before', 'date_after', 'date_within_last', '!date_within_last']
const quotedTexts = ['string_contains', '!string_contains']
const symbols = ['==', '!=', '<=', '=<', '>=', '=>', '<', '>', '=']

/** A comparison with a whole number: `>5`, `=> 5`, `5` (spec/09 §6.2). */
export const intComparison: ValueForm = {
  check(text, server) {
    const plain = text.replace(/\s/g, '')
    const later = !isOlder(server.release, [3, 12])
    const quoted = later ? /^[^']*'(equals|!equals|==|!=|<=|=<|>=|=>|<|>|=)'/.exec(plain)?.[0] : undefined
    const symbol = symbols.find((known) => plain.startsWith(known)) ?? ''
    const rest = plain.slice((quoted ?? symbol).length)
    return /^[+-]?\d+$/.test(rest) ? undefined : error(`'${text}' compares with no whole number and never holds`)
  },
  form: 'comparison with a whole number, e.g. >5',
}

/** A whole number where a later release takes a comparison. */
export function plainOrComparison(plainBefore: EventServer['release'], eduMfaCompares: boolean): ValueForm {
  return {
    check(text, server) {
      const compares = server.eduMfa ? eduMfaCompares : !isOlder(server.release, plainBefore)
      if (compares) return intComparison.check!(text, server)
      return /^\s*[+-]?\d+\s*$/.test(text)
        ? undefined
        : error(`'${text}' is no whole number and ends every request with an error 500`)
    },
    form: 'whole number, or a comparison with one',
  }
}

/**
 * `key == value`, `key > value`, `key < value`; from 3.12 on also quoted words such as `'contains'` (spec/09 §6.3).
 */
export function infoComparison({now = false, number = false} = {}): ValueForm {
  return {
    check(text, server) {
      for (const [, tag] of text.matchAll(/\{([^{}]*)\}/g)) {
        if (!now) return error(`'{${tag}}' is not replaced here`)
        if (tag !== 'now') return error(`'{${tag}}' ends every request with an error 500; only {now} is known`)
      }
      const parts = partsOf(text, server)
      if (!parts) {
        const end = isOlder(server.release, [3, 12]) ? 'ends every request with an error 500' : 'never holds'
        return error(`'${text}' is not of the form "name == value" and ${end}`)
      }
      const {comparator, value} = parts
      if (isOlder(server.release, [3, 12]) && value.startsWith('='))
        return error(`'${text}' compares with the text '${value}': ${comparator}= is not known before 3.12`)
      if (number && !/^[+-]?\d+$/.test(value)) return error(`'${value}' is no whole number`)
      return undefined
    },
    form: `name == value, with == > or <${now ? '; {now} with an offset such as {now}-5d' : ''}`,
  }
}

function partsOf(text: string, server: EventServer): {comparator: string; value: string} | undefined {
  if (!isOlder(server.release, [3, 12])) {
    const known = [...quotedWords, ...quotedDates, ...quotedTexts, ...symbols]
    const quoted = /^(.+?)'([^']+)'(.+)$/s.exec(text)
    if (quoted && known.includes(quoted[2]!)) return {comparator: quoted[2]!, value: quoted[3]!.trim()}
    for (const symbol of symbols) {
      const at = text.indexOf(symbol)
      if (at <= 0) continue
      const value = text.slice(at + symbol.length).trim()
      return value === '' ? undefined : {comparator: symbol, value}
    }
    return undefined
  }
  for (const separator of ['==', '>', '<']) {
    const parts = text.split(separator)
    if (parts.length !== 2) continue
    const value = parts[1]!.trim()
    return value === '' ? undefined : {comparator: separator, value}
  }
  return undefined
}

/** A length of time, e.g. `10h`; `y` is 365 days (spec/09 §6.5). */
export const span: ValueForm = {
  check: (text) =>
    /^\s*[+-]?\s*\d+\s*[smhdy]\s*$/.test(text)
      ? undefined
      : error(`'${text}' is no length of time such as 10h, 7d or 1y, and ends every request with an error 500`),
  form: 'length of time, e.g. 10h, 7d, 1y',
}

/** A date, or an offset from now such as `+7d`. */
export const dateOrOffset: ValueForm = {
  check(text) {
    const trimmed = text.trim()
    if (trimmed === '') return undefined
    if (trimmed.startsWith('+')) {
      const [, number, unit] = /^\+(.*)(.)$/s.exec(trimmed) ?? []
      if (!/[mhd]/i.test(unit ?? '')) return warning(`'${text}' means now; offsets end with m, h or d`)
      return /^\s*\d+\s*$/.test(number ?? '') ? undefined : error(`'${text}' is no offset such as +7d`)
    }
    const readable = /^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ]\s*\d{1,2}:\d{2}.*)?$/.test(trimmed)
    return readable || !Number.isNaN(Date.parse(trimmed))
      ? undefined
      : error(`'${text}' is neither a date nor an offset`)
  },
  form: 'date, e.g. 2030-12-31 23:59, or offset, e.g. +7d',
}

/** Addresses and networks; `-` and `!` exclude. */
export const networks: ValueForm = {
  check(text) {
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
    for (const entry of entries) {
      if (!parseNetwork(entry.replace(/^[-!]/, '').trim()))
        return error(`'${entry}' is no address or network and ends every request with an error 500`)
    }
    return entries.some((entry) => !/^[-!]/.test(entry))
      ? undefined
      : error(`'${text}' only excludes, so that it never holds; add 0.0.0.0/0`)
  },
  form: 'comma list of addresses and networks, ! excludes',
}
