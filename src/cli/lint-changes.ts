import {Flags} from '@oclif/core'
import type {App} from '../app.js'
import {PiError} from '../lib/errors.js'
import type {PlannedChange} from '../lib/services/config-objects.js'
import type {EventDocument} from '../lib/services/events/index.js'
import type {PolicyDocument} from '../lib/config-objects/kinds/policy.js'
import type {Severity} from '../lib/types/severity.js'

/** `--strict` of the commands that write objects of a file. */
export const strict = Flags.boolean({
  description: 'refuse policies and events that break a lint rule of severity error, instead of naming them',
})

/** What a lint rule says of an object that is about to be written. */
export interface ChangeFinding {
  kind: 'policy' | 'event'
  name: string
  rule: string
  severity: Severity
  message: string
}

/**
 * What the lint rules of severity error say of policies and events that are about to be written.
 * @throws PiError INVALID_INPUT when there is something and `refuse` is set
 */
export async function lintChanges(
  app: App,
  changes: readonly PlannedChange[],
  {refuse}: {refuse: boolean},
): Promise<ChangeFinding[]> {
  const findings: ChangeFinding[] = []
  const planned = namesByKind(changes)
  const documents = (kind: string) =>
    changes.flatMap(({document, kind: of, name}) => (of === kind && document ? [{document, name}] : []))
  const policies = documents('policy')
  if (policies.length > 0) {
    const found = await (
      await app.policies()
    ).lintDocuments(policies as {name: string; document: PolicyDocument}[], planned)
    findings.push(...found.map(({policy: name, ...rest}) => ({kind: 'policy' as const, name, ...rest})))
  }
  const events = documents('event')
  if (events.length > 0) {
    const found = await (await app.events()).lintDocuments(events as {name: string; document: EventDocument}[], planned)
    findings.push(...found.map(({event: name, ...rest}) => ({kind: 'event' as const, name, ...rest})))
  }
  const errors = findings.filter(({severity}) => severity === 'error')
  if (refuse && errors.length > 0) {
    const [first] = errors
    throw new PiError(
      'INVALID_INPUT',
      `${errors.length} lint errors, the first one: ${first!.kind} '${first!.name}' breaks ${first!.rule}: ${first!.message}`,
      {hints: ['Write it all the same without --strict']},
    )
  }
  return errors
}

/** What will be there beside what is stored, so that objects may refer to others of the same run. */
function namesByKind(changes: readonly PlannedChange[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>()
  for (const {change, kind, name} of changes) {
    if (change !== 'delete') names.set(kind, (names.get(kind) ?? new Set()).add(name))
  }
  return names
}

/** A finding as a line for people. */
export function findingLine({kind, message, name, rule, severity}: ChangeFinding): string {
  return `${severity} ${rule} ${kind} ${name}: ${message}`
}
