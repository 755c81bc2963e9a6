import {Flags} from '@oclif/core'
import {PiError} from '../../lib/errors.js'
import type {EventDocument} from '../../lib/services/events/index.js'

const pair = (description: string, helpValue = 'NAME=VALUE') =>
  Flags.string({description, helpValue, multiple: true, multipleNonGreedy: true})

/** The fields of an event handler as flags; used as `flags = {...eventFields}`. */
export const eventFields = {
  'abort-on-error': Flags.boolean({allowNo: true, description: 'end the request when it fails, since 3.14'}),
  active: Flags.boolean({allowNo: true, description: 'whether it runs'}),
  condition: pair('condition that must hold'),
  event: Flags.string({
    char: 'e',
    description: 'event that it runs at, e.g. token_init',
    helpValue: 'EVENT',
    multiple: true,
    multipleNonGreedy: true,
  }),
  option: pair('option of the action'),
  ordering: Flags.integer({description: 'handlers of one event run in this order'}),
  position: Flags.option({
    description: 'before or after the request is worked on',
    options: ['pre', 'post'] as const,
  })(),
}

type EventFields = {[K in keyof typeof eventFields]?: unknown}

/** The fields that flags set, and no others; options and conditions are added to those of `base`. */
export function eventFieldsOf(flags: EventFields, base: Partial<EventDocument>): Partial<EventDocument> {
  const options = flags.option as string[] | undefined
  const conditions = flags.condition as string[] | undefined
  const given: Record<string, unknown> = {
    abortOnError: flags['abort-on-error'],
    active: flags.active,
    conditions: conditions && {...base.conditions, ...pairsOf(conditions)},
    events: (flags.event as string[] | undefined)?.flatMap((text) => text.split(',').map((name) => name.trim())),
    options: options && {...base.options, ...pairsOf(options)},
    ordering: flags.ordering,
    position: flags.position,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<EventDocument>
}

function pairsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new PiError('USAGE', `'${text}' is not of the form NAME=VALUE.`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}
