import {reasonOf} from '../../errors.js'
import {PythonRegex} from '../../python/regex.js'
import {error, warning, type ValueForm} from '../contract.js'

/** The only texts that mean yes; everything else, `yes` and `on` too, means no (spec/09, conventions). */
const yes = new Set(['1', 'true', 'True', 'TRUE'])
const no = new Set(['', '0', 'false', 'False', 'FALSE'])

/** Whether a text means yes for the originals. */
export const isTruthy = (text: string): boolean => yes.has(text)

/** Any text. */
export const anyText: ValueForm = {form: 'text'}

/** A text that must not be empty. */
export const someText: ValueForm = {
  check: (text) => (text === '' ? error('is empty') : undefined),
  form: 'text, not empty',
}

/** A switch. */
export const truth: ValueForm = {
  check: (text) =>
    yes.has(text) || no.has(text) ? undefined : warning(`'${text}' means no; only 1, true, True and TRUE mean yes`),
  choices: ['True', 'False'],
  form: 'True or False',
}

/** A condition that compares with exactly `True`; another text never holds where `strict`. */
export function verdict({strict = false} = {}): ValueForm {
  return {
    check(text) {
      if (text === 'True' || text === 'False') return undefined
      if (strict) return error(`'${text}' never holds; write True or False`)
      return truth.check!(text, {eduMfa: false, release: [3, 8]})
    },
    choices: ['True', 'False'],
    form: 'True or False',
  }
}

/** One of several words, compared exactly. */
export function choice(...choices: readonly string[]): ValueForm {
  return {
    check: (text) => (choices.includes(text) ? undefined : error(`'${text}' is none of ${choices.join(', ')}`)),
    choices,
    form: `one of ${choices.map((word) => (word === '' ? "''" : word)).join(', ')}`,
  }
}

/** One of several words; any other means the first, silently. */
export function choiceOr(fallback: string, ...choices: readonly string[]): ValueForm {
  return {
    check: (text) =>
      choices.includes(text) ? undefined : warning(`'${text}' is none of ${choices.join(', ')}; it means ${fallback}`),
    choices,
    form: `one of ${choices.join(', ')}; else ${fallback}`,
  }
}

/** A whole number in base 10. */
export function whole({max, min, optional = false}: {min?: number; max?: number; optional?: boolean} = {}): ValueForm {
  return {
    check(text) {
      if (optional && text === '') return undefined
      if (!/^\s*[+-]?\d+\s*$/.test(text)) return error(`'${text}' is no whole number`)
      const number = Number(text)
      if (min !== undefined && number < min) return error(`${number} is less than ${min}`)
      if (max !== undefined && number > max) return error(`${number} is more than ${max}`)
      return undefined
    },
    form: `whole number${min === undefined ? '' : `, from ${min}`}${max === undefined ? '' : ` to ${max}`}`,
  }
}

/** `+n` or `-n`. */
export const changeBy: ValueForm = {
  check: (text) => (/^\s*[+-]?\d+\s*$/.test(text) ? undefined : error(`'${text}' is neither +n nor -n`)),
  form: '+n or -n',
}

/** A regular expression in Python's syntax. */
export const regex: ValueForm = {
  check(text) {
    try {
      new PythonRegex(text)
      return undefined
    } catch (failure) {
      return error(reasonOf(failure).replace(/\.$/, ''))
    }
  },
  form: 'regular expression (Python)',
}

/** The same for a text that is compared from its start on, but not to its end. */
export const startRegex: ValueForm = {...regex, form: 'regular expression, anchored at the start only'}

/** Names separated by commas; blanks beside them count as part of the names. */
export const untrimmedList: ValueForm = {
  check(text) {
    const blank = text.split(',').find((part) => part !== part.trim())
    return blank === undefined ? undefined : error(`'${blank}' keeps its blank and meets nothing; write no blanks`)
  },
  form: 'comma list without blanks',
}

/** One name; a comma is part of it. */
export const oneName: ValueForm = {
  check: (text) =>
    text.includes(',') ? error(`'${text}' is taken as one name; lists exist since 3.10`) : someText.check!(text, any),
  form: 'one name',
}

const any = {eduMfa: false, release: [3, 8]} as const

/** An address of a web server. */
export const httpUrl: ValueForm = {
  check(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined
    return url && ['http:', 'https:'].includes(url.protocol)
      ? undefined
      : error(`'${text}' is no http or https address`)
  },
  form: 'http or https address',
}

/** Mail addresses; they are split at commas and not trimmed. */
export const mailList: ValueForm = {
  check(text) {
    const odd = text.split(',').find((part) => !/^[^\s@]+@[^\s@]+$/.test(part))
    return odd === undefined ? undefined : error(`'${odd}' is no mail address (blanks are not trimmed)`)
  },
  form: 'comma list of mail addresses, without blanks',
}

/** The way to a member of a JSON answer. */
export const jsonPointer: ValueForm = {
  check(text) {
    const parts = text.split('/').filter((part) => part !== '')
    if (parts.length === 0 || parts.length > 3) return error(`'${text}' has ${parts.length} parts; 1 to 3 are followed`)
    return /~[01]/.test(text) ? warning(`'${text}': ~0 and ~1 are taken literally`) : undefined
  },
  form: 'path of 1 to 3 parts, e.g. /detail/message',
}
