import type {Severity} from '../../types/severity.js'
import type {EventFinding, EventPairRule, EventRule, EventSurroundings, LintedEvent} from './contract.js'
import {definitionRules} from './definition-rules.js'
import {installationRules} from './installation-rules.js'

const eventRules: readonly EventRule[] = [...definitionRules, ...installationRules]

const pairRules: readonly EventPairRule[] = [
  {
    id: 'E018',
    severity: 'warning',
    title: 'the order of two handlers is open',
    *check(first, second) {
      if (!first.active || !second.active || first.ordering !== second.ordering || first.position !== second.position)
        return
      const common = first.events.filter((name) => second.events.includes(name))
      if (common.length > 0 && interferes(first, second))
        yield {
          message: `Both run at place ${first.ordering} of ${common.join(', ')}; the originals leave their order open.`,
        }
    },
  },
  {
    id: 'E019',
    severity: 'warning',
    title: 'two handlers have one name',
    *check(first, second) {
      if (first.storedName === second.storedName)
        yield {message: `The handlers ${first.id} and ${second.id} are both called '${first.storedName}'.`}
    },
  },
  {
    id: 'E020',
    severity: 'warning',
    title: 'a handler is there twice',
    *check(first, second) {
      if (first.active && second.active && sense(first) === sense(second))
        yield {message: 'Both do the same at the same events and conditions: it happens twice.'}
    },
  },
]

/** Id, severity and title of every rule. */
export const eventLintRules: readonly {id: string; severity: Severity; title: string}[] = [
  ...eventRules,
  ...pairRules,
].map(({id, severity, title}) => ({id, severity, title}))

/** Applies every rule to a set of handlers; inactive ones are looked at alone. */
export function lintEvents(events: readonly LintedEvent[], surroundings: EventSurroundings): EventFinding[] {
  const findings: EventFinding[] = []
  for (const event of events) {
    for (const rule of eventRules) {
      for (const {message, severity} of rule.check(event, surroundings))
        findings.push({event: event.name, message, rule: rule.id, severity: severity ?? rule.severity})
    }
  }
  for (const [index, first] of events.entries()) {
    for (const second of events.slice(index + 1)) {
      for (const rule of pairRules) {
        for (const {message} of rule.check(first, second))
          findings.push({event: first.name, message, other: second.name, rule: rule.id, severity: rule.severity})
      }
    }
  }
  return findings
}

const changing = new Set(['Federation', 'RequestMangler', 'ResponseMangler', 'Token', 'Container'])

/** Whether what one of them does can be seen by the other. */
function interferes(first: LintedEvent, second: LintedEvent): boolean {
  return changing.has(first.handler) || changing.has(second.handler)
}

function sense({action, conditions, events, handler, options, position}: LintedEvent): string {
  const sorted = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([[...events].sort(), position, handler, action, sorted(options), sorted(conditions)])
}
