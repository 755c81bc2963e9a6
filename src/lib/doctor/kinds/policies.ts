import {outcome, type DoctorCheck, type DoctorEnv, type Outcome} from '../contract.js'

/** Policies, by the rules of policy lint. */
export const policyChecks: readonly DoctorCheck[] = [
  {
    id: 'policies-names',
    title: 'policies name realms and resolvers that are there',
    severity: 'error',
    mend: 'pi-manage policy edit NAME',
    run: (env) => findings(env, ({rule}) => rule === unknownNames),
  },
  {
    id: 'policies-errors',
    title: 'no policy makes requests fail, or can never work',
    severity: 'error',
    mend: 'pi-manage policy lint; pi-manage policy edit NAME',
    run: (env) => findings(env, ({rule, severity}) => severity === 'error' && rule !== unknownNames),
  },
  {
    id: 'policies-warnings',
    title: 'no policy does probably something else than was meant',
    severity: 'warning',
    mend: 'pi-manage policy lint; pi-manage policy edit NAME',
    run: (env) => findings(env, ({rule, severity}) => severity === 'warning' && rule !== unknownNames),
  },
]

/** The rule about realms and resolvers (spec/07 §10). */
const unknownNames = 'P020'

type Finding = Awaited<ReturnType<DoctorEnv['policyFindings']>>[number]

async function findings(env: DoctorEnv, wanted: (finding: Finding) => boolean): Promise<Outcome> {
  await env.database()
  const found = (await env.policyFindings()).filter(wanted)
  return outcome(
    'no findings',
    found.map(({message, policy, rule}) => ({message: `${rule}, policy '${policy}': ${message}`})),
  )
}
