import {outcome, type DoctorCheck, type DoctorEnv, type Outcome} from '../contract.js'

/** Active event handlers, by the rules of event lint. */
export const eventChecks: readonly DoctorCheck[] = [
  {
    id: 'events-modules',
    title: 'the modules and actions of event handlers exist',
    severity: 'error',
    mend: 'pi-manage event edit ID, or pi-manage event disable ID',
    run: (env) => findings(env, ['E001', 'E002', 'E009']),
  },
  {
    id: 'events-options',
    title: 'event handlers have the options that they need',
    severity: 'error',
    mend: 'pi-manage event edit ID; pi-manage event handlers tells what there is',
    run: (env) => findings(env, ['E005', 'E006', 'E010']),
  },
  {
    id: 'events-references',
    title: 'servers, realms and scripts that event handlers name are there',
    severity: 'error',
    mend: 'Create what it names, or pi-manage event edit ID',
    run: (env) => findings(env, ['E011', 'E012']),
  },
  {
    id: 'events-names',
    title: 'event handlers wait for events that happen',
    severity: 'error',
    mend: 'pi-manage event edit ID',
    run: (env) => findings(env, ['E003']),
  },
  {
    id: 'events-conditions',
    title: 'the conditions of event handlers can hold',
    severity: 'error',
    mend: 'pi-manage event edit ID',
    run: (env) => findings(env, ['E007', 'E008', 'E013', 'E014']),
  },
  {
    id: 'events-warnings',
    title: 'event handlers do what they seem to',
    severity: 'warning',
    mend: 'pi-manage event lint',
    run: (env) => findings(env, ['E004', 'E017', 'E018', 'E019', 'E020']),
  },
]

async function findings(env: DoctorEnv, rules: readonly string[]): Promise<Outcome> {
  await env.database()
  const {active, findings: all} = await env.eventFindings()
  if (active === 0) return {skipped: 'There are no active event handlers.'}
  return outcome(
    `${active} handlers`,
    all
      .filter(({rule, severity}) => rules.includes(rule) && severity !== 'info')
      .map(({event, message, rule, severity}) => ({
        message: `${rule}, event handler '${event}': ${message}`,
        severity: severity === 'error' ? ('error' as const) : ('warning' as const),
      })),
  )
}
