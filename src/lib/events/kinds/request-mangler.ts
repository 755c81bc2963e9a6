import {error, warning, type EventHandlerKind, type EventOption} from '../contract.js'
import {anyText, regex, someText, truth} from '../values/simple.js'

const parameter: EventOption = {description: 'parameter', name: 'parameter', required: true, value: someText}

/** Changes of the parameters of a request (spec/09 §8.5). */
export const requestMangler: EventHandlerKind = {
  name: 'RequestMangler',
  description: 'changes parameters of the request',
  positions: ['pre', 'post'],
  actions: [
    {description: 'removes a parameter', name: 'delete', options: [parameter]},
    {
      description: 'sets a parameter',
      name: 'set',
      options: [
        parameter,
        {description: 'new value; {0} is a group of the pattern', name: 'value', required: true, value: anyText},
        {description: 'parameter to compare', name: 'match_parameter', value: anyText},
        {description: 'what it must be, as a whole', name: 'match_pattern', value: regex},
        {
          description: 'find the user again',
          eduMfa: false,
          name: 'reset_user',
          since: [3, 11],
          value: truth,
        },
      ],
    },
  ],
  *check({action, options, position}) {
    if (position === 'post') yield warning('After the request its parameters matter to later handlers only.')
    if (action !== 'set' || !options['match_parameter']) return
    const {match_pattern: pattern = '', value = ''} = options
    if (pattern === '') {
      yield error("The option 'match_parameter' is there without 'match_pattern': nothing happens.")
      return
    }
    if (hasOpenAlternation(pattern))
      yield warning(`The pattern becomes ^${pattern}$, so that its alternatives are anchored at one end only.`)
    const groups = groupsOf(pattern)
    for (const [found, tag] of value.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
      if (found === '{{' || found === '}}') continue
      if (tag === undefined || !/^\d*$/.test(tag)) yield error(`The value has '${found}', which ends the request.`)
      else if (Number(tag) >= groups)
        yield warning(`The value has '${found}', but the pattern has ${groups} groups: nothing happens.`)
    }
  },
}

/** Whether a `|` stands outside of all groups and classes. */
function hasOpenAlternation(pattern: string): boolean {
  let depth = 0
  let inClass = false
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]
    if (char === '\\') at++
    else if (inClass) inClass = char !== ']'
    else if (char === '[') inClass = true
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === '|' && depth === 0) return true
  }
  return false
}

/** How many groups a pattern has. */
function groupsOf(pattern: string): number {
  return pattern.replaceAll(/\\.|\[[^\]]*\]/gs, '').match(/\((?!\?)|\(\?P</g)?.length ?? 0
}
